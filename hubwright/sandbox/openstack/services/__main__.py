"""Run by the OpenStack environment's own Python: ``python services PLAN.json``."""

import sys

from sandbox_services.boot import main

main(sys.argv[1])
