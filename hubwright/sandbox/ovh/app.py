"""The HTTP face of the account: signatures, faults, JSON in and out, the shape of errors; and the admin endpoint."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import secrets
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as HttpRoute

from hubwright.sandbox.ovh.auth.models import SignedRequest
from hubwright.sandbox.ovh.core.errors import BadRequestError, OvhError, UnknownRouteError
from hubwright.sandbox.ovh.core.faults import FAULT, DelayFault, DropFault, HttpFault
from hubwright.sandbox.ovh.core.routing import Call
from hubwright.sandbox.ovh.services import Account

_log = logging.getLogger(__name__)
_VERBS = ["GET", "POST", "PUT", "DELETE"]
_V1_ROOTS = ("/1.0", "/v1")


class DroppedConnectionError(Exception):
    """A scripted fault: close the connection without an answer."""


class OvhApplication:
    """Answers requests for one account."""

    def __init__(self, account: Account, admin_token: str) -> None:
        self._account = account
        self._router = account.router()
        self._admin_token = admin_token

    def starlette(self) -> Starlette:
        """Return the ASGI application."""
        admin = [
            HttpRoute("/_sandbox/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            HttpRoute("/_sandbox/credentials/validate", self.validate_credential, methods=["POST"]),
        ]
        return Starlette(routes=[*admin, HttpRoute("/{path:path}", self.answer, methods=_VERBS)])

    async def answer(self, request: Request) -> Response:
        """Answer one API call."""
        query_id = f"EU.sandbox-1.{secrets.token_hex(6)}.{secrets.randbelow(9999)}.{secrets.token_hex(8)}"
        headers = {"X-Ovh-Queryid": query_id}
        body = await request.body()
        try:
            value = await run_in_threadpool(self._handle, request, body)
        except DroppedConnectionError:
            await drop_connection(request)
            return Response()
        except OvhError as error:
            return JSONResponse(error.body(), status_code=error.status, headers=headers)
        except Exception:  # noqa: BLE001 the server's last resort, as OVH's own
            _log.exception("%s %s failed", request.method, request.url.path)
            internal = {"class": "Server::InternalServerError", "message": "Internal server error"}
            return JSONResponse(internal, status_code=500, headers=headers)
        # A void answer is "null": python-ovh refuses an empty body.
        return JSONResponse(value, headers=headers)

    def _handle(self, request: Request, body: bytes) -> Any:
        target = _raw_path(request)
        path = _below_root(target)
        route, params = self._router.match(request.method, path)
        credential = None
        if route.signed:
            signed = SignedRequest(request.method, _signed_url(request), body, dict(request.headers))
            credential = self._account.auth.authenticate(signed, path)
        self._suffer_fault(request.method, path)
        if "service_name" in params:
            self._account.project.require_project(params["service_name"])
        key = request.headers.get("x-ovh-application", "")
        call = Call(request.method, path, params, dict(request.query_params), _parse(body), credential, key)
        return route.handler(call)

    def _suffer_fault(self, method: str, path: str) -> None:
        fault = self._account.platform.faults.strike_call(method, path)
        if isinstance(fault, HttpFault):
            raise OvhError(fault.status, fault.error_class, fault.message)
        if isinstance(fault, DropFault):
            raise DroppedConnectionError
        if isinstance(fault, DelayFault):
            # In a worker thread, so that only this call is late.
            asyncio.run(asyncio.sleep(fault.seconds))

    async def faults(self, request: Request) -> Response:
        """List, add or clear fault rules: for whoever holds the admin token."""
        if not self._is_admin(request):
            return Response(status_code=403)
        book = self._account.platform.faults
        if request.method == "DELETE":
            book.clear()
        if request.method == "POST":
            try:
                book.add(FAULT.validate_json(await request.body()))
            except ValidationError as error:
                return Response(error.json(include_url=False, include_input=False), status_code=400)
        return JSONResponse([rule.model_dump() for rule in book.rules()])

    async def validate_credential(self, request: Request) -> Response:
        """Accept a consumer key in the customer's place: body ``{"consumerKey": …}``."""
        if not self._is_admin(request):
            return Response(status_code=403)
        try:
            self._account.auth.validate_credential(str((await request.json())["consumerKey"]))
        except (OvhError, ValueError, KeyError, TypeError):
            return Response(status_code=404)
        return JSONResponse(None)

    def _is_admin(self, request: Request) -> bool:
        given = request.headers.get("x-sandbox-token", "")
        return hmac.compare_digest(given.encode(), self._admin_token.encode())


async def drop_connection(request: Request) -> None:
    """Close the client's connection; HttpListener puts its transport into the scope."""
    transport = request.scope.get("state", {}).get("transport")
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0.01)  # let the server notice, so that it writes nothing more


def _raw_path(request: Request) -> str:
    return bytes(request.scope["raw_path"]).decode("latin-1")


def _signed_url(request: Request) -> str:
    query = bytes(request.scope["query_string"]).decode("latin-1")
    tail = f"?{query}" if query else ""
    return f"{request.url.scheme}://{request.headers.get('host', '')}{_raw_path(request)}{tail}"


def _below_root(path: str) -> str:
    """Cut the API's root off; version 2 keeps it, since its routes are others. Raises UnknownRouteError."""
    for root in _V1_ROOTS:
        if path.startswith(f"{root}/"):
            return path.removeprefix(root)
    if path.startswith("/v2/"):
        return path
    raise UnknownRouteError


def _parse(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadRequestError("Received a malformed JSON body") from error
