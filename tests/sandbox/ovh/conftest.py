from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ovh
import ovh.client
import pytest

from hubwright.sandbox.cloud_http import HttpListener
from hubwright.sandbox.ovh.app import OvhApplication
from hubwright.sandbox.ovh.auth.models import ApiKeys
from hubwright.sandbox.ovh.core.clock import ManualScheduler
from hubwright.sandbox.ovh.core.platform import Platform
from hubwright.sandbox.ovh.core.store import Store
from hubwright.sandbox.ovh.doubles import MemoryClusters, MemoryNetworks, MemoryRegistries, MemoryZones
from hubwright.sandbox.ovh.kube.models import KubeSettings
from hubwright.sandbox.ovh.services import Account, AccountSettings, Backends

PROJECT = "0123456789abcdef0123456789abcdef"
KEYS = ApiKeys("app-key", "app-secret", "consumer-key", "bearer-token")


@dataclass
class World:
    """An account on doubles, with time in the test's hand."""

    account: Account
    clock: ManualScheduler
    clusters: MemoryClusters
    networks: MemoryNetworks
    registries: MemoryRegistries
    zones: MemoryZones


def make_world(store: Store | None = None, **settings: Any) -> World:
    clock = ManualScheduler()
    doubles = (MemoryClusters(), MemoryNetworks(), MemoryRegistries(), MemoryZones())
    kube = KubeSettings(versions={"1.35": "1.35.2-1", "1.36": "1.36.4-1"})
    account_settings = AccountSettings(PROJECT, kube=kube, **settings)
    account = Account(Platform(store or Store(), clock), KEYS, account_settings, Backends(*doubles))
    return World(account, clock, *doubles)


@pytest.fixture
def world() -> World:
    return make_world()


@dataclass
class Served:
    world: World
    url: str
    client: ovh.Client
    connect: Callable[..., ovh.Client]
    base: str = f"/cloud/project/{PROJECT}"


@pytest.fixture
def served(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    # Real seconds for signatures; the modelled delays still wait for the test.
    world.clock._now = world.clock._now.now(world.clock._now.tzinfo)
    listener = HttpListener("test", OvhApplication(world.account, "admin-token").starlette())
    listener.start()
    url = f"http://127.0.0.1:{listener.port}"
    monkeypatch.setitem(ovh.client.ENDPOINTS, "emulator", f"{url}/1.0")
    clients = []

    def connect(key: str = "app-key", secret: str = "app-secret", consumer: str = "consumer-key") -> ovh.Client:
        clients.append(ovh.Client("emulator", key, secret, consumer))
        return clients[-1]

    yield Served(world, url, connect(), connect)
    for client in clients:
        client._session.close()
    listener.stop()
