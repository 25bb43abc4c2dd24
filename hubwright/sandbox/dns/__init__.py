"""An authoritative DNS server for the sandbox's zones, on a loopback port: the answers in `zone`, the sockets in `server`."""
