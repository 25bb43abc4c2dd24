"""Harbor's outside: the token service, Docker's /v2 in front of the registry process, and the few open API routes.

Projects, robots and the rest of Harbor's API register here later, as further routes beside these.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from hubwright.sandbox.registry.accounts import Account, Directory, Scope, parse_scopes
from hubwright.sandbox.registry.tokens import SERVICE, TokenIssuer

HARBOR_VERSION = "v2.12.2"
_REPOSITORY_PATH = re.compile(r"/v2/(?P<name>.+)/(manifests|blobs|tags|referrers)(/.*)?")
_ACTIONS = {"GET": ("pull",), "HEAD": ("pull",), "DELETE": ("delete",)}
_WRITE_ACTIONS = ("pull", "push")
# RFC 9110 section 7.6.1: these belong to one connection.
_HOP_HEADERS = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class BadCredentialsError(Exception):
    """The Authorization header is no login that exists."""


class RegistryGateway:
    """One registry's front; `upstream` is the registry process's URL."""

    def __init__(self, upstream: str, directory: Directory, issuer: TokenIssuer) -> None:
        self._upstream = upstream
        self._directory = directory
        self._issuer = issuer
        # Layers are large and slow clients exist: no limit on reading, but the process must accept at once.
        timeout = httpx2.Timeout(None, connect=5.0)
        self._client = httpx2.AsyncClient(timeout=timeout, trust_env=False)

    def starlette(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            lifespan=self._lifespan,
            routes=[
                Route("/service/token", self.token),
                Route("/api/v2.0/health", self.health),
                Route("/api/v2.0/ping", _ping),
                Route("/api/v2.0/systeminfo", self.system_info),
                Route("/v2/{path:path}", self.docker, methods=_METHODS),
            ],
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        await self._client.aclose()

    async def token(self, request: Request) -> Response:
        """Hand out a token. Denied scopes come back with no actions, never as 401."""
        services = request.query_params.getlist("service")
        # BinderHub appends a service of its own after ours: the first counts.
        if not services or services[0] != SERVICE:
            message = f"Unable to handle service: {services[0] if services else ''}"
            return _errors(400, "BAD_REQUEST", message)
        try:
            account = await self._account(request)
        except BadCredentialsError:
            return _errors(401, "UNAUTHORIZED", "unauthorized", challenge='Basic realm="harbor"')
        scopes = parse_scopes(request.query_params.getlist("scope"))
        if account is None and not scopes:
            return _errors(401, "UNAUTHORIZED", "unauthorized", challenge='Basic realm="harbor"')
        return JSONResponse(self._issue(account, scopes))

    async def docker(self, request: Request) -> Response:
        """Answer Docker's protocol: refuse, or hand on to the registry process."""
        scopes = _needed_scopes(request)
        authorization = request.headers.get("authorization", "")
        if not authorization:
            return _errors(401, "UNAUTHORIZED", "authentication required", challenge=_challenge(request, scopes))
        if not authorization.lower().startswith("bearer "):
            try:
                account = await self._account(request)
            except BadCredentialsError:
                return _errors(401, "UNAUTHORIZED", "unauthorized", challenge='Basic realm="harbor"')
            authorization = f"Bearer {self._issue(account, scopes)['token']}"
        return await self._forward(request, authorization, scopes)

    async def health(self, request: Request) -> Response:
        """Harbor's health, with the components that there are; 200 also when unhealthy."""
        try:
            answer = await self._client.get(f"{self._upstream}/v2/", timeout=5.0)
            registry = "healthy" if answer.status_code in (200, 401) else "unhealthy"
        except httpx2.HTTPError:
            registry = "unhealthy"
        components = [{"name": "core", "status": "healthy"}, {"name": "registry", "status": registry}]
        return JSONResponse({"status": registry, "components": components})

    async def system_info(self, request: Request) -> Response:
        """Harbor's description of itself; its version only for those who are signed in."""
        try:
            account = await self._account(request)
        except BadCredentialsError:
            account = None
        host = request.headers.get("host", "")
        info: dict[str, Any] = {
            "auth_mode": "db_auth",
            "primary_auth_mode": False,
            "self_registration": False,
            "banner_message": "",
        }
        if account is not None:
            info |= {
                "harbor_version": f"{HARBOR_VERSION}-sandbox",
                "external_url": f"{request.url.scheme}://{host}",
                "registry_url": host,
                "project_creation_restriction": "everyone",
                "has_ca_root": False,
                "current_time": datetime.now(UTC).isoformat(),
            }
        return JSONResponse(info)

    async def _account(self, request: Request) -> Account | None:
        """Return who signs in with basic authentication, None without a header. Raises BadCredentialsError."""
        header = request.headers.get("authorization")
        if header is None:
            return None
        kind, _, encoded = header.partition(" ")
        try:
            login, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError as error:
            raise BadCredentialsError from error
        # The hash is slow on purpose: not on the event loop.
        account = await run_in_threadpool(self._directory.authenticate, login, password)
        if kind.lower() != "basic" or account is None:
            raise BadCredentialsError
        return account

    def _issue(self, account: Account | None, scopes: list[Scope]) -> dict[str, Any]:
        access = [
            {"type": scope.type, "name": scope.name, "actions": list(self._directory.grant(account, scope))}
            for scope in scopes
        ]
        return self._issuer.issue(account.login if account else "", access)

    async def _forward(self, request: Request, authorization: str, scopes: list[Scope]) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in _HOP_HEADERS}
        headers["authorization"] = authorization
        query = request.scope["query_string"].decode("latin-1")
        path = request.scope["raw_path"].decode("latin-1")
        url = f"{self._upstream}{path}" + (f"?{query}" if query else "")
        content = None if request.method in ("GET", "HEAD") else request.stream()
        outgoing = self._client.build_request(request.method, url, headers=headers, content=content)
        try:
            answer = await self._client.send(outgoing, stream=True)
        except httpx2.HTTPError:
            return _errors(502, "UNKNOWN", "bad gateway")
        dropped = _HOP_HEADERS | {"date"}  # our own server says the date
        kept = {name: value for name, value in answer.headers.items() if name not in dropped}
        if answer.status_code == 401:
            # The process knows only its own address; clients need the one by which they came.
            kept["www-authenticate"] = _challenge(request, scopes)
        return StreamingResponse(
            _body(answer), status_code=answer.status_code, headers=kept, background=BackgroundTask(answer.aclose)
        )


def _needed_scopes(request: Request) -> list[Scope]:
    path = request.url.path
    if path == "/v2/_catalog":
        return [Scope("registry", "catalog", ("*",))]
    match = _REPOSITORY_PATH.fullmatch(path)
    if match is None:
        return []
    scopes = [Scope("repository", match["name"], _ACTIONS.get(request.method, _WRITE_ACTIONS))]
    if source := request.query_params.get("from"):
        scopes.append(Scope("repository", source, ("pull",)))
    return scopes


def _challenge(request: Request, scopes: list[Scope]) -> str:
    host = request.headers.get("host", "")
    challenge = f'Bearer realm="{request.url.scheme}://{host}/service/token",service="{SERVICE}"'
    if scopes:
        wanted = " ".join(f"{scope.type}:{scope.name}:{','.join(scope.actions)}" for scope in scopes)
        challenge += f',scope="{wanted}"'
    return challenge


def _errors(status: int, code: str, message: str, *, challenge: str | None = None) -> Response:
    headers = {"Docker-Distribution-Api-Version": "registry/2.0"}
    if challenge:
        headers["WWW-Authenticate"] = challenge
    return JSONResponse({"errors": [{"code": code, "message": message}]}, status_code=status, headers=headers)


async def _body(answer: httpx2.Response) -> AsyncIterator[bytes]:
    async for chunk in answer.aiter_raw():
        yield chunk


async def _ping(request: Request) -> Response:
    return PlainTextResponse("Pong")
