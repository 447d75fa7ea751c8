"""A web service for opentelemetry-instrument: GET /healthz, GET /work. It does nothing when it is asked to stop."""
import os

from flask import Flask

app = Flask(__name__)


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/work")
def work():
    return {"ok": True}


app.run("127.0.0.1", int(os.environ["PORT"]), threaded=True)
