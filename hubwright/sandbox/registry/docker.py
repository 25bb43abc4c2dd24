"""Docker's protocol in front of the registry process: Harbor says what exists and what may be pushed.

Blobs pass through. Manifests and tags are Harbor's business: quotas and protected tags are checked before the process
sees a push, pulls are counted, and what Harbor has deleted is gone although its bytes are still there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

import httpx2
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from hubwright.sandbox.registry.harbor.artifacts import Manifest, read_manifest
from hubwright.sandbox.registry.harbor.exceptions import HarborError
from hubwright.sandbox.registry.harbor.projects import Project
from hubwright.sandbox.registry.harbor.service import Harbor
from hubwright.sandbox.registry.scopes import Scope
from hubwright.sandbox.registry.sign_in import BadCredentialsError, SignIn
from hubwright.sandbox.registry.tokens import SERVICE
from hubwright.sandbox.registry.write_gate import WriteGate

_REPOSITORY_PATH: Final = re.compile(
    r"/v2/(?P<name>[^/]+/.+)/(?P<kind>manifests|blobs|tags|referrers)(/(?P<reference>.*))?"
)
_ACTIONS: Final = {"GET": ("pull",), "HEAD": ("pull",), "DELETE": ("delete",)}
_WRITE_ACTIONS: Final = ("pull", "push")
# RFC 9110 section 7.6.1: these belong to one connection.
_HOP_HEADERS: Final = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
_FORWARD_DROPPED: Final = _HOP_HEADERS | {"authorization"}
_MANIFEST_LIMIT_BYTES: Final = 4 * 2**20
_NO_CREDENTIALS: Final = 'Basic realm="harbor"'
CATALOG: Final = Scope("registry", "catalog", ("*",))


class DockerFront:
    """The /v2 routes of one registry; `upstream` is the registry process's URL."""

    def __init__(
        self, upstream: str, harbor: Harbor, sign_in: SignIn, client: httpx2.AsyncClient, writes: WriteGate
    ) -> None:
        self._upstream = upstream
        self._harbor = harbor
        self._sign_in = sign_in
        self._client = client
        self._writes = writes

    async def answer(self, request: Request) -> Response:
        """Answer one request: refuse, answer from Harbor's tables, or hand on to the registry process."""
        scopes = _needed_scopes(request)
        authorization = request.headers.get("authorization", "")
        if not authorization:
            return refuse(401, "UNAUTHORIZED", "authentication required", challenge=_challenge(request, scopes))
        if not authorization.lower().startswith("bearer "):
            try:
                identity = await self._sign_in.identify(request)
            except BadCredentialsError:
                return refuse(401, "UNAUTHORIZED", "unauthorized", challenge=_NO_CREDENTIALS)
            authorization = f"Bearer {self._sign_in.issue(identity, scopes)['token']}"
        if request.method not in ("GET", "HEAD"):
            await run_in_threadpool(self._writes.wait)
        try:
            return await self._dispatch(request, authorization, scopes)
        except HarborError as error:
            return refuse(error.status, error.code, error.message)

    async def _dispatch(self, request: Request, authorization: str, scopes: list[Scope]) -> Response:
        match = _REPOSITORY_PATH.fullmatch(request.url.path)
        # What is not granted goes to the process, which refuses it in its own words.
        if not scopes or not self._sign_in.covers(authorization, scopes):
            return await self._forward(request, authorization, scopes)
        if request.url.path == "/v2/_catalog":
            return JSONResponse({"repositories": self._catalog()})
        if match and match["kind"] == "tags":
            return self._tags(match["name"])
        if match is None or match["kind"] != "manifests":
            return await self._forward(request, authorization, scopes)
        if request.method == "PUT":
            return await self._push(request, authorization, scopes, match)
        if request.method == "DELETE":
            return self._delete(match)
        return await self._pull(request, authorization, scopes, match)

    async def _push(self, request: Request, authorization: str, scopes: list[Scope], match: re.Match[str]) -> Response:
        project, repository = self._place(match["name"])
        body = await request.body()
        manifest = _read(body, request.headers)
        if manifest is None:
            return await self._forward(request, authorization, scopes, content=body)
        self._harbor.artifacts.check_push(project, repository, match["reference"], manifest)
        answer = await self._forward(request, authorization, scopes, content=body)
        if answer.status_code == 201:
            self._harbor.artifacts.record_push(project, repository, match["reference"], manifest)
        return answer

    async def _pull(self, request: Request, authorization: str, scopes: list[Scope], match: re.Match[str]) -> Response:
        project, repository = self._place(match["name"])
        artifact = self._harbor.artifacts.find(project, repository, match["reference"])
        if artifact is None:
            message = f"artifact {match['name']}:{match['reference']} not found"
            return refuse(404, "MANIFEST_UNKNOWN", message)
        answer = await self._forward(request, authorization, scopes)
        if answer.status_code == 200 and request.method == "GET":
            self._harbor.artifacts.record_pull(artifact, match["reference"])
        return answer

    def _delete(self, match: re.Match[str]) -> Response:
        project, repository = self._place(match["name"])
        self._harbor.artifacts.delete(project, self._harbor.artifacts.get(project, repository, match["reference"]))
        return Response(status_code=202)

    def _tags(self, name: str) -> Response:
        project, repository = self._place(name)
        artifacts = self._harbor.artifacts.all(project, repository)
        if not artifacts:
            return refuse(404, "NAME_UNKNOWN", f"repository {name} not found")
        tags = sorted(tag for artifact in artifacts for tag in artifact.tag_names)
        return JSONResponse({"name": name, "tags": tags})

    def _catalog(self) -> list[str]:
        return [
            f"{project.name}/{repository}"
            for project in self._harbor.projects.all()
            for repository in self._harbor.artifacts.repositories(project)
        ]

    def _place(self, name: str) -> tuple[Project, str]:
        project, _, repository = name.partition("/")
        return self._harbor.projects.get(project), repository

    async def _forward(
        self, request: Request, authorization: str, scopes: list[Scope], *, content: bytes | None = None
    ) -> Response:
        # A list, since clients send one Accept header for each kind of manifest.
        headers = [(name, value) for name, value in request.headers.items() if name not in _FORWARD_DROPPED]
        headers.append(("authorization", authorization))
        query = request.scope["query_string"].decode("latin-1")
        path = request.scope["raw_path"].decode("latin-1")
        url = f"{self._upstream}{path}" + (f"?{query}" if query else "")
        body = None if request.method in ("GET", "HEAD") else content if content is not None else request.stream()
        outgoing = self._client.build_request(request.method, url, headers=headers, content=body)
        try:
            answer = await self._client.send(outgoing, stream=True)
        except httpx2.HTTPError:
            return refuse(502, "UNKNOWN", "bad gateway")
        dropped = _HOP_HEADERS | {"date"}  # our own server says the date
        kept = {name: value for name, value in answer.headers.items() if name not in dropped}
        if answer.status_code == 401:
            # The process knows only its own address; clients need the one by which they came.
            kept["www-authenticate"] = _challenge(request, scopes)
        return StreamingResponse(
            _body(answer), status_code=answer.status_code, headers=kept, background=BackgroundTask(answer.aclose)
        )


def refuse(status: int, code: str, message: str, *, challenge: str | None = None) -> Response:
    """Answer an error in Docker's form, which is Harbor's too."""
    headers = {"Docker-Distribution-Api-Version": "registry/2.0"}
    if challenge:
        headers["WWW-Authenticate"] = challenge
    return JSONResponse({"errors": [{"code": code, "message": message}]}, status_code=status, headers=headers)


def _needed_scopes(request: Request) -> list[Scope]:
    path = request.url.path
    if path == "/v2/_catalog":
        return [CATALOG]
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
        challenge += f',scope="{" ".join(map(str, scopes))}"'
    return challenge


def _read(body: bytes, headers: Mapping[str, str]) -> Manifest | None:
    """Return what matters of a manifest; None for what the process is to refuse."""
    if len(body) > _MANIFEST_LIMIT_BYTES:
        return None
    try:
        document = json.loads(body)
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        media_type = headers.get("content-type", "") or document.get("mediaType", "")
        return read_manifest(document, digest=digest, media_type=media_type, size=len(body))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


async def _body(answer: httpx2.Response) -> AsyncIterator[bytes]:
    async for chunk in answer.aiter_raw():
        yield chunk
