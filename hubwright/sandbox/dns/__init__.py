"""An authoritative DNS server for the sandbox's zones: the answers in `zone`, the sockets in `server`."""
