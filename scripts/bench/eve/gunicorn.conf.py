"""Two worker processes with threads for 32 connections between them; says where it listens once it does."""
import os

bind = "127.0.0.1:" + os.environ["PORT"]
chdir = os.path.dirname(os.path.abspath(__file__))
wsgi_app = "app:app"
workers = 2
worker_class = "gthread"
threads = 32
keepalive = 75
loglevel = "warning"


def when_ready(server):
    host, port = server.LISTENERS[0].sock.getsockname()
    print(f"listening on http://{host}:{port}", flush=True)
