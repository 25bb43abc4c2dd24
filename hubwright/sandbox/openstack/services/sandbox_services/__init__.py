"""The real OpenStack services on loopback: what runs inside their own virtual environment.

Nothing of hubwright is importable here, and nothing of OpenStack is importable in hubwright. `boot` imports once what
the services share and forks a process for each; `<service>_service` makes its database and its WSGI application;
`<service>_<noun>` are the drivers that stand for hypervisors, network agents and amphorae.

All of it leans on private internals of the pinned releases, so a change of `requirements.in` means running the contract
tests.
"""
