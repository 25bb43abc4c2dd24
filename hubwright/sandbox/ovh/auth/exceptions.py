"""The auth layer's own answers; note that a bad signature is 400, not 403."""

from __future__ import annotations

from http import HTTPStatus

from hubwright.sandbox.ovh.core.errors import AuthLayerError


class InvalidKeyError(AuthLayerError):
    """Unknown application key."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, "INVALID_KEY", "This application key is invalid")


class InvalidCredentialError(AuthLayerError):
    """The consumer key is known but not validated."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, "INVALID_CREDENTIAL", "This credential is not valid")


class NotCredentialError(AuthLayerError):
    """Unknown consumer key or token."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, "NOT_CREDENTIAL", "This credential does not exist")


class NotGrantedCallError(AuthLayerError):
    """No rule of the credential covers the call."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, "NOT_GRANTED_CALL", "This call has not been granted")


class InvalidSignatureError(AuthLayerError):
    """The signature does not fit what was received."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "INVALID_SIGNATURE", "Invalid signature")


class QueryTimeOutError(AuthLayerError):
    """The timestamp is too far from the server's clock."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "QUERY_TIME_OUT", "Query out of time")
