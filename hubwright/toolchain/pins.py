"""Which binaries at which versions: read from ``tools/go.mod``, the one place that pins them."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hubwright.core.errors import ToolchainError

_REQUIREMENT = re.compile(r"^(?:require\s+|\s+)(?P<module>[^\s()]+)\s+(?P<version>v[^\s]+)", re.MULTILINE)
_TOOL_BLOCK = re.compile(r"^tool\s*\((?P<packages>[^)]*)\)", re.MULTILINE)
_GO_DIRECTIVE = re.compile(r"^go\s+(?P<version>[\d.]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pin:
    """One pinned binary.

    `field` is its name in `Binaries`, `package` what go installs, `names` the file names under which it is found,
    ours first, and `version_arguments` what makes it tell its version.
    """

    field: str
    package: str
    version: str
    names: tuple[str, ...]
    version_arguments: tuple[str, ...]

    @property
    def built_name(self) -> str:
        """The file name that ``go install`` gives: the last element of the path that is not a major version."""
        elements = [part for part in self.package.split("/") if not re.fullmatch(r"v\d+", part)]
        return elements[-1]

    def is_told_by(self, output: str) -> bool:
        """Tell whether the binary's own words name exactly the pinned version."""
        number = re.escape(self.version.removeprefix("v"))
        return re.search(rf"(?<![\w.])v?{number}(?![\d.]|-)", output) is not None


@dataclass(frozen=True, slots=True)
class Pins:
    """Every pinned binary, the least Go version, and the key under which a build of them is cached."""

    folder: Path
    binaries: tuple[Pin, ...]
    go_version: str
    link_flags: str
    cache_key: str


# Field of Binaries -> package, names on disk, arguments that print the version.
_TOOLS: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "etcd": ("go.etcd.io/etcd/server/v3", ("etcd", "server"), ("--version",)),
    "kube_apiserver": ("k8s.io/kubernetes/cmd/kube-apiserver", ("kube-apiserver",), ("--version",)),
    "kube_controller_manager": (
        "k8s.io/kubernetes/cmd/kube-controller-manager",
        ("kube-controller-manager",),
        ("--version",),
    ),
    "kube_scheduler": ("k8s.io/kubernetes/cmd/kube-scheduler", ("kube-scheduler",), ("--version",)),
    "kwok": ("sigs.k8s.io/kwok/cmd/kwok", ("kwok",), ("--version",)),
    "helm": ("helm.sh/helm/v3/cmd/helm", ("helm",), ("version", "--short")),
    "registry": ("github.com/distribution/distribution/v3/cmd/registry", ("registry",), ("--version",)),
}


def tools_folder() -> Path:
    """Return the folder with ``go.mod``: in a wheel beside this module, in a checkout at its root."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "_tools", here.parents[2] / "tools"):
        if (folder / "go.mod").is_file():
            return folder
    raise ToolchainError("tools/go.mod, which pins the binaries, is not part of this installation")


def read_pins(folder: Path) -> Pins:
    """Parse the pins in `folder`; raises ToolchainError when go.mod lacks a tool or go.sum is missing."""
    try:
        text = (folder / "go.mod").read_text()
        sums = (folder / "go.sum").read_text()
    except OSError as error:
        raise ToolchainError(f"{error.filename}: {error.strerror}") from error
    go = _GO_DIRECTIVE.search(text)
    if go is None:
        raise ToolchainError(f"{folder / 'go.mod'} has no go directive")
    required = {match["module"]: match["version"] for match in _REQUIREMENT.finditer(text)}
    tools = {package for match in _TOOL_BLOCK.finditer(text) for package in match["packages"].split()}
    binaries = tuple(
        Pin(field, package, _version_of(package, required, tools), names, arguments)
        for field, (package, names, arguments) in _TOOLS.items()
    )
    flags = link_flags({pin.field: pin.version for pin in binaries})
    content = f"{text}\0{sums}\0{flags}\0{platform.system()}\0{platform.machine()}"
    return Pins(folder, binaries, go["version"], flags, hashlib.sha256(content.encode()).hexdigest()[:20])


def link_flags(versions: Mapping[str, str]) -> str:
    """Return what the linker stamps: charts refuse a cluster or a Helm that does not know its own version."""
    kubernetes, helm = versions["kube_apiserver"], versions["helm"]
    major, minor, _ = kubernetes.removeprefix("v").split(".", 2)
    stamps = {
        "k8s.io/component-base/version.gitVersion": kubernetes,
        "k8s.io/component-base/version.gitMajor": major,
        "k8s.io/component-base/version.gitMinor": minor,
        "k8s.io/client-go/pkg/version.gitVersion": kubernetes,
        "helm.sh/helm/v3/internal/version.version": helm,
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": major,
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": minor,
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": major,
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": minor,
    }
    return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in stamps.items())])


def _version_of(package: str, required: Mapping[str, str], tools: set[str]) -> str:
    if package not in tools:
        raise ToolchainError(f"tools/go.mod has no tool directive for {package}")
    owners = [module for module in required if package == module or package.startswith(f"{module}/")]
    if not owners:
        raise ToolchainError(f"tools/go.mod requires no module that holds {package}")
    return required[max(owners, key=len)]
