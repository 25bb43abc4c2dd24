from __future__ import annotations

from pathlib import Path

import pytest

GO_MOD = """module example.test/tools

go 1.26.0

require k8s.io/kubernetes v1.36.4

require (
\tgithub.com/distribution/distribution/v3 v3.1.2 // indirect
\tgo.etcd.io/etcd/server/v3 v3.6.8 // indirect
\thelm.sh/helm/v3 v3.22.0 // indirect
\tsigs.k8s.io/kwok v0.8.0 // indirect
)

tool (
\tgithub.com/distribution/distribution/v3/cmd/registry
\tgo.etcd.io/etcd/server/v3
\thelm.sh/helm/v3/cmd/helm
\tk8s.io/kubernetes/cmd/kube-apiserver
\tk8s.io/kubernetes/cmd/kube-controller-manager
\tk8s.io/kubernetes/cmd/kube-scheduler
\tsigs.k8s.io/kwok/cmd/kwok
)
"""

# Stands in for go: `install` writes what `go install` would, unless a file FAIL beside go.mod holds what to say.
GO = """#!/bin/sh
case "$1" in
version) echo "go version go1.26.8 linux/amd64" ;;
list) printf 'k8s.io/api\\nk8s.io/client-go\\n' ;;
install)
  echo "go: downloading k8s.io/api v0.36.4" >&2
  echo "k8s.io/api" >&2
  if [ -f FAIL ]; then echo "partial" > "$GOBIN/helm"; cat FAIL >&2; exit 1; fi
  for name in server kube-apiserver kube-controller-manager kube-scheduler kwok helm registry; do
    printf '#!/bin/sh\\necho %s\\n' "$name" > "$GOBIN/$name"; chmod +x "$GOBIN/$name"
  done
  echo built >> "$BUILD_LOG" ;;
esac
"""


def write_program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "go.mod").write_text(GO_MOD)
    (folder / "go.sum").write_text("")
    return folder


@pytest.fixture
def path_folder(tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with a stand-in go in front of the system's own programs, and nothing pinned on it."""
    folder = tmp_path / "bin"
    write_program(folder / "go", GO)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("BUILD_LOG", str(tmp_path / "builds"))
    monkeypatch.delenv("HUBWRIGHT_TOOLCHAIN", raising=False)
    monkeypatch.setattr("hubwright.toolchain.tools_folder", lambda: tools)
    return folder
