"""SQLite as the services' database: waiting for locks, and knowing whether a database was finished.

Schemas come from the models: the services' migrations alter columns, which SQLite cannot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import sqlalchemy
from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import exc_filters
from sqlalchemy import event
from sqlalchemy.engine import Engine

_FINISHED = 1


@exc_filters.filters("sqlite", sqlalchemy.exc.OperationalError, r".*database is locked.*")
def _translate_lock(error, match, engine_name, is_disconnect):  # noqa: ANN001, ANN202
    """oslo.db knows deadlocks of other databases only; as one of those, the services' own retries apply."""
    raise db_exception.DBDeadlock(error)


@event.listens_for(Engine, "connect")
def _prepare_connection(connection, record) -> None:  # noqa: ANN001
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA busy_timeout=20000")
        connection.execute("PRAGMA journal_mode=WAL")
        # In WAL mode this survives every kill of a process; only a power cut could lose the last transactions.
        connection.execute("PRAGMA synchronous=OFF")


def discard_unfinished(path: str) -> bool:
    """Remove a database whose making was interrupted; return whether there is none now."""
    if Path(path).exists():
        connection = sqlite3.connect(path)
        finished = connection.execute("PRAGMA user_version").fetchone()[0] == _FINISHED
        connection.close()
        if finished:
            return False
        for suffix in ("", "-wal", "-shm"):
            Path(path + suffix).unlink(missing_ok=True)
    return True


def mark_finished(path: str) -> None:
    """Say in the database itself that it has its schema and its first rows."""
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={_FINISHED:d}")
    connection.close()


def create_schema(path: str, metadata: sqlalchemy.MetaData, fill: Callable[[sqlalchemy.Connection], None]) -> None:
    """Make all tables of `metadata` and `fill` the first rows, in one transaction."""
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        metadata.create_all(connection)
        fill(connection)
    engine.dispose()
