from __future__ import annotations

import pytest
from cryptography import x509

from hubwright.core.errors import SandboxError
from hubwright.sandbox.kubernetes.commands import Ports
from hubwright.sandbox.kubernetes.control_plane import ControlPlane
from hubwright.sandbox.kubernetes.kubeconfig import Credentials, read_credentials, render_kubeconfig
from hubwright.sandbox.kubernetes.nodes import NodeSpec, node_manifest, node_status
from hubwright.sandbox.kubernetes.pki import ensure_pki


def test_kubeconfig_reads_back():
    credentials = Credentials("https://127.0.0.1:6443", "authority\n", "certificate\n", "key\n")
    text = render_kubeconfig(credentials, cluster="hub", user="kubernetes-admin")
    assert "current-context: kubernetes-admin@hub\n" in text
    assert read_credentials(text) == credentials


@pytest.mark.parametrize("text", ["", "a: b", "current-context: x\ncontexts: []", "{", "users: [key-material"])
def test_wrong_kubeconfig_is_refused_without_quoting_it(text):
    with pytest.raises(SandboxError) as caught:
        read_credentials(text)
    assert "key-material" not in caught.value.message
    assert caught.value.__suppress_context__


def test_pki_is_kept_private_and_loopback_only(tmp_path):
    first = ensure_pki(tmp_path / "pki", service_ip="10.3.0.1")
    before = {path.name: path.read_bytes() for path in (tmp_path / "pki").iterdir()}
    ensure_pki(tmp_path / "pki", service_ip="10.3.0.1")
    assert {path.name: path.read_bytes() for path in (tmp_path / "pki").iterdir()} == before
    keys = list((tmp_path / "pki").glob("*.key"))
    assert len(keys) == 10
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys)
    serving = x509.load_pem_x509_certificate(first.serving.certificate.read_bytes())
    names = serving.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(entry) for entry in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "10.3.0.1"}


def test_ports_differ_even_when_the_chooser_repeats_itself():
    offered = iter([1, 1, 2, 3, 3, 3, 4, 5, 6])
    assert Ports.choose(lambda _: next(offered)) == Ports(1, 2, 3, 4, 5, 6)


def test_node_says_less_than_the_machine_has():
    node = NodeSpec("core-0", 2000, 7 * 1024**3, labels={"nodepool": "core"})
    status = node_status(node, kubelet_version="v1.36.4")
    assert status["capacity"]["cpu"] == "2000m"
    assert status["allocatable"]["cpu"] == "1900m"
    assert node_manifest(node, "core")["metadata"]["labels"]["nodepool"] == "core"


@pytest.mark.parametrize("name", ["", "../escape", "a b"])
def test_names_that_are_no_file_names_are_refused(name, tmp_path):
    with pytest.raises(SandboxError, match="cannot name a cluster"):
        ControlPlane(name, tmp_path, None, None)
