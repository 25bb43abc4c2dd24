"""Harbor's v2.0 API beside the token service: projects, robots, users, retention, garbage collection, quotas.

`urls` and `responses` know HTTP; the other modules hold the rules and could be used without a server.
Source of shapes and sentences: Harbor's swagger.yaml, https://github.com/goharbor/harbor/tree/main/api/v2.0
"""
