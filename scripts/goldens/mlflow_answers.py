"""An MLflow server with registered models for test/contract/mlflow-source.test.ts, and what it answers.

    pip install mlflow
    python3 scripts/goldens/mlflow_answers.py record > test/data/mlflow-answers.json     # what the test reads where there is no MLflow
    python3 scripts/goldens/mlflow_answers.py serve                                       # prints its address, and ends with its stdin

`fraud` has three versions: 1 names the folder of a run (runs:/), 2 the artifacts themselves, below a folder with odd letters; 3 does not hold
the file that its model.yaml names. `@champion` is 2. The artifacts of `plain` are no bundle, and those of `elsewhere` are in a store that the
server cannot reach.
"""
import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

BUNDLE = pathlib.Path(__file__).parents[2] / "test/e2e/bundle/1"


def start(folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
               "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts"]
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    for _ in range(1800):
        try:
            urllib.request.urlopen(f"{url}/health", timeout=2).read()
            return server, url
        except OSError:
            time.sleep(0.1)
    end(server)
    raise SystemExit("the MLflow server does not start")


def end(server):
    # with the processes that it has started
    os.killpg(server.pid, signal.SIGTERM)
    server.wait()


def fill(url, folder):
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"
    import mlflow

    mlflow.set_tracking_uri(url)
    client = mlflow.MlflowClient()
    incomplete = pathlib.Path(folder) / "incomplete"
    shutil.copytree(BUNDLE, incomplete)
    (incomplete / "model.onnx").unlink()
    plain = pathlib.Path(folder) / "plain"
    plain.mkdir()
    (plain / "MLmodel").write_text("flavors: {}\n")
    run = client.create_run("0").info
    client.log_artifacts(run.run_id, str(BUNDLE), "bundle")
    client.log_artifacts(run.run_id, str(BUNDLE), "a b/bündle")
    client.log_artifacts(run.run_id, str(incomplete), "incomplete")
    client.log_artifacts(run.run_id, str(plain), "plain")
    for name in ("fraud", "plain", "elsewhere", "empty"):
        client.create_registered_model(name)
    client.create_model_version("fraud", f"runs:/{run.run_id}/bundle", run.run_id)
    client.create_model_version("fraud", f"{run.artifact_uri}/a b/bündle", run.run_id)
    client.create_model_version("fraud", f"{run.artifact_uri}/incomplete", run.run_id)
    client.create_model_version("plain", f"{run.artifact_uri}/plain", run.run_id)
    client.create_model_version("elsewhere", "s3://nobody-has-this-bucket/model")
    client.set_registered_model_alias("fraud", "champion", "2")


def requests(url):
    """What the client asks, as the answers before lead to it."""
    api = "/api/2.0/mlflow"
    version = lambda kind, name, number: f"{api}/model-versions/{kind}?" + urllib.parse.urlencode({"name": name, "version": number})
    alias = lambda name, word: f"{api}/registered-models/alias?" + urllib.parse.urlencode({"name": name, "alias": word})
    latest = lambda name: f"{api}/model-versions/search?" + urllib.parse.urlencode(
        {"filter": f"name='{name}'", "order_by": "version_number DESC", "max_results": "100"})
    for each in (alias("fraud", "champion"), alias("fraud", "nobody"), alias("nothing", "champion"), version("get", "fraud", 9)):
        yield each
    for name in ("fraud", "empty", "plain"):
        yield latest(name)
    for name, number in (("fraud", 1), ("fraud", 2), ("fraud", 3), ("plain", 1), ("elsewhere", 1)):
        yield version("get", name, number)
        location = json.loads((yield version("get-download-uri", name, number))["text"])["artifact_uri"]
        if location.startswith("runs:/"):
            run, _, path = location[len("runs:/"):].partition("/")
            answer = json.loads((yield f"{api}/runs/get?run_id={run}")["text"])
            location = f"{answer['run']['info']['artifact_uri']}/{path}"
        for file in ("model.yaml", "model.onnx", "golden.jsonl"):
            if location.startswith("mlflow-artifacts:/"):
                path = "/".join(urllib.parse.quote(part, safe="!'()*~-._") for part in f"{location[len('mlflow-artifacts:/'):]}/{file}".split("/"))
                yield f"/api/2.0/mlflow-artifacts/artifacts/{path}"
            else:
                yield "/model-versions/get-artifact?" + urllib.parse.urlencode({"name": name, "version": number, "path": file})


def ask(url):
    try:
        answer = urllib.request.urlopen(url, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    body = answer.read()
    kept = {"status": answer.status, "type": answer.headers.get("content-type"), "base64": base64.b64encode(body).decode()}
    return {**kept, "text": body.decode("utf-8", "replace")}


def record(url):
    asked, answers = requests(url), {}
    path = next(asked)
    while path is not None:
        answer = ask(url + path)
        answers[path] = {key: value for key, value in answer.items() if key != "text"}
        try:
            path = asked.send(answer)
        except StopIteration:
            path = None
    import mlflow

    json.dump({"mlflow": mlflow.__version__, "answers": answers}, sys.stdout, indent=1)
    print()


def main():
    folder = tempfile.mkdtemp()
    server, url = start(folder)
    try:
        fill(url, folder)
        if sys.argv[1] == "record":
            record(url)
        else:
            print(url, flush=True)
            sys.stdin.read()
    finally:
        end(server)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
