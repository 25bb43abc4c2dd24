"""The sandbox's OpenStack: real Keystone, Neutron and Octavia, run by a Python environment of their own.

`environment` builds that environment, `configuration` renders what the services read, `daemon` starts and stops them.
`services/` is the code that runs inside it; nothing here imports it.
"""
