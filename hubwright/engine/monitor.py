"""What the SDK takes for Pulumi's resource monitor and engine: plain objects instead of gRPC stubs.

`pulumi.runtime.Settings` accepts any object with the stubs' methods. The SDK calls them from threads of the event
loop's executor and waits for the answer, so a method may take as long as the cloud does.
"""

from __future__ import annotations

import logging
from typing import Any, Final, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from hubwright.core.errors import HubwrightError
from hubwright.engine.events import Diagnostic, Severity
from hubwright.engine.executor import Executor
from hubwright.engine.goals import Goal, read_goal
from hubwright.engine.marshal import UNKNOWN_SIGNATURE, properties_to_struct, struct_to_properties
from hubwright.engine.refusals import refuse, refuse_call
from hubwright.engine.registrar import Outcome, Registrar
from hubwright.engine.reporter import Reporter
from hubwright.engine.state.backend import StackName
from hubwright.engine.urn import package_of

FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
)
"""What is not listed, such as transforms and hooks, the SDK itself refuses with a clear error."""

_LEGACY_FEATURES: Final = frozenset({"secrets", "resourceReferences", "aliasSpecs", "deletedWith"})
_SEVERITIES: Final = {
    engine_pb2.INFO: Severity.INFO,
    engine_pb2.WARNING: Severity.WARNING,
    engine_pb2.ERROR: Severity.ERROR,
}
_RESULTS: Final = {
    Outcome.SUCCESS: resource_pb2.SUCCESS,
    Outcome.FAILED: resource_pb2.FAIL,
    Outcome.SKIPPED: resource_pb2.FAIL,
}
_logger = logging.getLogger(__name__)


class RefusedCall(grpc.RpcError):  # type: ignore[misc]
    """An error of ours in the form that the SDK passes on; `error` is the original."""

    def __init__(self, error: HubwrightError, status: grpc.StatusCode = grpc.StatusCode.UNKNOWN) -> None:
        super().__init__(error.message)
        self.error = error
        self._status = status

    def code(self) -> grpc.StatusCode:
        """Return the status that the SDK asks for."""
        return self._status

    def details(self) -> str:
        """Return the text that the SDK shows."""
        return self.error.message


class Monitor:
    """Answers the SDK's calls for one run of the program."""

    def __init__(self, name: StackName, registrar: Registrar, executor: Executor) -> None:
        self._name = name
        self._registrar = registrar
        self._executor = executor
        self.refusals: list[HubwrightError] = []

    def GetDeploymentInfo(self, request: object) -> resource_pb2.DeploymentInfo:  # noqa: N802
        """Tell what the engine can do."""
        del request
        return resource_pb2.DeploymentInfo(
            project=self._name.project, stack=self._name.stack, supportedFeatures=FEATURES
        )

    def SupportsFeature(  # noqa: N802
        self, request: resource_pb2.SupportsFeatureRequest
    ) -> resource_pb2.SupportsFeatureResponse:
        """Tell whether one feature is there: how older SDKs ask."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _LEGACY_FEATURES)

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Bring a resource to what the program asks for."""
        try:
            goal = read_goal(request)
        except HubwrightError as error:
            self._refuse(error)
        answer = self._registrar.register(goal)
        return resource_pb2.RegisterResourceResponse(
            urn=answer.urn,
            id=answer.id,
            object=properties_to_struct(answer.outputs),
            result=_RESULTS[answer.outcome],
            unknown=answer.unknown,
        )

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Take what a component or the stack exports."""
        self._registrar.register_outputs(request.urn, struct_to_properties(request.outputs))
        return empty_pb2.Empty()

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        """Look up a resource by its id."""
        goal = Goal(
            type=request.type,
            name=request.name,
            custom=True,
            inputs=struct_to_properties(request.properties),
            parent=request.parent,
            provider=request.provider,
            dependencies=sorted(set(request.dependencies)),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            version=request.version,
            plugin_download_url=request.pluginDownloadURL,
        )
        answer = self._registrar.read(goal, "" if request.id == UNKNOWN_SIGNATURE else request.id)
        return resource_pb2.ReadResourceResponse(
            urn=answer.urn,
            id=answer.id,
            properties=properties_to_struct(answer.outputs),
            result=_RESULTS[answer.outcome],
        )

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """Answer a function call."""
        arguments = struct_to_properties(request.args)
        try:
            reference = request.provider or self._registrar.default_provider(
                package_of(request.tok), request.version, request.pluginDownloadURL
            )
            result = self._executor.invoke(reference, request.tok, arguments)
        except HubwrightError as error:
            self._refuse(error)
        return resource_pb2.ResourceInvokeResponse(**{"return": properties_to_struct(result)})

    def Call(self, request: resource_pb2.ResourceCallRequest) -> NoReturn:  # noqa: N802
        """Refuse methods of remote components."""
        self._refuse(refuse("Call", f"function {request.tok}"))

    def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest) -> NoReturn:  # noqa: N802
        """Refuse parameterized packages."""
        self._refuse(refuse("RegisterPackage", f"package {request.name}"))

    def SignalAndWaitForShutdown(self, request: object) -> empty_pb2.Empty:  # noqa: N802
        """Let the program end at once: there are no hooks to wait for."""
        del request
        return empty_pb2.Empty()

    def __getattr__(self, name: str) -> Any:
        """Refuse, by name, every call that the engine does not have."""
        if not name[0].isupper():
            raise AttributeError(name)
        return lambda _request: self._refuse(refuse_call(name))

    def _refuse(self, error: HubwrightError) -> NoReturn:
        self.refusals.append(error)
        raise RefusedCall(error) from error


class EngineLog:
    """Takes the lines that the program logs."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        """Pass a line to the user, those for debugging to Python's log."""
        severity = _SEVERITIES.get(request.severity)
        if severity is None:
            _logger.debug("%s", request.message)
        else:
            self._reporter.tell(Diagnostic(severity, request.message, request.urn, ephemeral=request.ephemeral))
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: object) -> object:  # noqa: N802
        """Accept: the SDK's own version decides what the engine is asked for."""
        return request
