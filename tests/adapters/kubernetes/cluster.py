"""One real control plane for all contract tests of a session, and the tiny chart that they install."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from hubwright.core.binaries import Binaries
from hubwright.core.errors import HubwrightError
from hubwright.core.progress import SilentProgress
from hubwright.sandbox.kubernetes.control_plane import ControlPlane
from hubwright.sandbox.kubernetes.nodes import NodeSpec
from hubwright.sandbox.process import ProcessTable

NODE_CPU_MILLICORES = 4000
STORAGE_CLASS = "csi-cinder-high-speed"

_BOOTED = pytest.StashKey["Cluster"]()


@dataclass(frozen=True)
class Cluster:
    """A running cluster with one node."""

    kubeconfig: str
    helm: Path


def boot_cluster(config: pytest.Config) -> Cluster:
    """Boot the session's cluster on first use; it is stopped when pytest ends."""
    if _BOOTED not in config.stash:
        binaries = _find_binaries()
        folder = Path(tempfile.mkdtemp(prefix="hubwright-test-cluster-"))
        plane = ControlPlane("contract", folder / "cluster", binaries, ProcessTable(folder / "processes"))
        config.add_cleanup(lambda: _remove(plane, folder))
        plane.start()
        plane.set_nodes("core", [NodeSpec("core-1", NODE_CPU_MILLICORES, 16 * 1024**3)])
        config.stash[_BOOTED] = Cluster(plane.kubeconfig, binaries.helm)
    return config.stash[_BOOTED]


def _find_binaries() -> Binaries:
    try:
        from hubwright.toolchain import ensure_toolchain
    except ImportError:
        pytest.skip("the toolchain is not there: no control plane to test against")
    try:
        return ensure_toolchain(SilentProgress())
    except HubwrightError as error:
        pytest.skip(f"no control plane to test against: {error.message}")


def _remove(plane: ControlPlane, folder: Path) -> None:
    plane.delete()
    shutil.rmtree(folder, ignore_errors=True)


CHART_FILES = {
    "Chart.yaml": 'apiVersion: v2\nname: tiny\nversion: 1.2.3\nappVersion: "1.0"\n',
    "values.yaml": 'replicas: 1\ncpu: 10m\nlist: [a, b]\nnumber: 1\npassword: ""\nhook: true\nhookCpu: 10m\n',
    "templates/web.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
        - name: web
          image: registry.example/web:1
          resources: {requests: {cpu: {{ .Values.cpu }}}}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-web
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
data:
  list: {{ .Values.list | toJson | quote }}
  number: {{ printf "%T %v" .Values.number .Values.number | quote }}
  password: {{ .Values.password | quote }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .Release.Name }}-data
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: csi-cinder-high-speed
  resources: {requests: {storage: 1Gi}}
""",
    "templates/hook.yaml": """\
{{- if .Values.hook }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-prepare
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: prepare
          image: registry.example/prepare:1
          resources: {requests: {cpu: {{ .Values.hookCpu }}}}
{{- end }}
""",
}


def write_chart(folder: Path, **changes: str) -> Path:
    """Write the tiny chart into `folder`; `changes` replaces or adds files (``values_yaml``: by identifier)."""
    named = {key.replace("__", "/").replace("_yaml", ".yaml"): text for key, text in changes.items()}
    for name, text in {**CHART_FILES, **named}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
