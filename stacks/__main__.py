"""What is deployed: the stack that Pulumi runs, on the cloud and with the charts that its settings name."""

import os
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent
PROJECT = PROGRAM.parent
sys.path.insert(0, str(PROJECT))  # the components live beside this folder

import hubwright  # noqa: E402
from components.charts import ChartCatalog, packages_in  # noqa: E402
from components.clouds import make_cloud  # noqa: E402
from components.program import deploy, export, read_settings  # noqa: E402
from hubwright.adapters.chart_packages import read_chart  # noqa: E402
from hubwright.adapters.charts import read_lock  # noqa: E402

settings = read_settings(PROGRAM)
pins = read_lock(PROJECT / "charts-values" / "charts.lock")
charts = ChartCatalog(
    source=settings.chart_source,
    pins=pins,
    packages=packages_in(os.environ, pins),
    stand_ins=Path(hubwright.__file__).parent / "sandbox" / "charts",
    program_folder=PROGRAM,
    read_chart=read_chart,
)
export(deploy(settings, make_cloud(settings), charts, project_folder=PROJECT))
