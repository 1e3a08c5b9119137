"""The Django project: settings, addresses, the API's one error mapping, the server's commands."""
