"""Harbor's outside: the token service, Docker's /v2, and the v2.0 API, as one ASGI application."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import httpx2
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hubwright.sandbox.registry.docker import DockerFront, refuse
from hubwright.sandbox.registry.harbor.calls import API, Call, Reply
from hubwright.sandbox.registry.harbor.exceptions import BadRequestError, HarborError, UnauthorizedError
from hubwright.sandbox.registry.harbor.service import Harbor
from hubwright.sandbox.registry.harbor.urls import Handler, routes
from hubwright.sandbox.registry.scopes import parse_scopes
from hubwright.sandbox.registry.sign_in import BadCredentialsError, SignIn
from hubwright.sandbox.registry.tokens import SERVICE, TokenIssuer
from hubwright.sandbox.registry.write_gate import WriteGate

HARBOR_VERSION: Final = "v2.12.2"
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class RegistryGateway:
    """One registry's front; `upstream` is the registry process's URL."""

    def __init__(self, upstream: str, harbor: Harbor, issuer: TokenIssuer, writes: WriteGate) -> None:
        self._upstream = upstream
        self._harbor = harbor
        self._sign_in = SignIn(harbor, issuer)
        # Layers are large and slow clients exist: no limit on reading, but the process must accept at once.
        timeout = httpx2.Timeout(None, connect=5.0)
        self._client = httpx2.AsyncClient(timeout=timeout, trust_env=False)
        self._docker = DockerFront(upstream, harbor, self._sign_in, self._client, writes)

    def starlette(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            lifespan=self._lifespan,
            routes=[
                Route("/service/token", self.token),
                Route(f"{API}/health", self.health),
                Route(f"{API}/ping", _ping),
                Route(f"{API}/systeminfo", self.system_info),
                *self._api_routes(),
                Route("/v2/{path:path}", self._docker.answer, methods=_METHODS),
            ],
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        await self._client.aclose()

    def _api_routes(self) -> list[Route]:
        """One route a path: Starlette answers 405 for a method that the first match lacks."""
        by_path: dict[str, dict[str, Handler]] = {}
        for method, path, handler in routes(self._harbor):
            by_path.setdefault(path, {})[method] = handler
        return [
            Route(f"{API}{path}", self._endpoint(handlers), methods=list(handlers))
            for path, handlers in by_path.items()
        ]

    def _endpoint(self, handlers: dict[str, Handler]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                call = await self._read_call(request)
                reply = await run_in_threadpool(handlers[request.method], call)
            except BadCredentialsError:
                reply = _error(UnauthorizedError())
            except HarborError as error:
                reply = _error(error)
            return _answer(reply)

        return endpoint

    async def _read_call(self, request: Request) -> Call:
        text = await request.body()
        try:
            body = json.loads(text) if text else {}
        except ValueError as error:
            raise BadRequestError(f"parsing body failed: {error}") from error
        caller = await self._sign_in.identify(request)
        return Call(request.path_params, request.query_params, body, caller, request.headers)

    async def token(self, request: Request) -> Response:
        """Hand out a token. Denied scopes come back with no actions, never as 401."""
        services = request.query_params.getlist("service")
        # BinderHub appends a service of its own after ours: the first counts.
        if not services or services[0] != SERVICE:
            return refuse(400, "BAD_REQUEST", f"Unable to handle service: {services[0] if services else ''}")
        try:
            identity = await self._sign_in.identify(request)
        except BadCredentialsError:
            return refuse(401, "UNAUTHORIZED", "unauthorized", challenge='Basic realm="harbor"')
        scopes = parse_scopes(request.query_params.getlist("scope"))
        if identity is None and not scopes:
            return refuse(401, "UNAUTHORIZED", "unauthorized", challenge='Basic realm="harbor"')
        return JSONResponse(self._sign_in.issue(identity, scopes))

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
            identity = await self._sign_in.identify(request)
        except BadCredentialsError:
            identity = None
        host = request.headers.get("host", "")
        info: dict[str, Any] = {
            "auth_mode": "db_auth",
            "primary_auth_mode": False,
            "self_registration": False,
            "banner_message": "",
        }
        if identity is not None:
            info |= {
                "harbor_version": f"{HARBOR_VERSION}-sandbox",
                "external_url": f"{request.url.scheme}://{host}",
                "registry_url": host,
                "project_creation_restriction": "everyone",
                "has_ca_root": False,
                "current_time": datetime.now(UTC).isoformat(),
            }
        return JSONResponse(info)


def _error(error: HarborError) -> Reply:
    return Reply(error.status, {"errors": [{"code": error.code, "message": error.message}]})


def _answer(reply: Reply) -> Response:
    headers = {**reply.headers, "X-Request-Id": secrets.token_hex(8)}
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    return JSONResponse(reply.body, status_code=reply.status, headers=headers)


async def _ping(request: Request) -> Response:
    return PlainTextResponse("Pong")
