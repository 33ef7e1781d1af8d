"""A real control plane on loopback: etcd, kube-apiserver (TLS, RBAC, the node authorizer off), kube-controller-manager, kube-scheduler.

Ready in seconds. Service addresses come from 10.96.0.0/16; nothing routes them, see `service_proxy`. Ended by process id.
"""

import base64
import json
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minixdr_cluster.binaries import Binaries
from minixdr_cluster.certificates import Authority, Issued
from minixdr_cluster.processes import Program, free_ports

ADMIN_GROUP = "system:masters"
_START_SECONDS = 90.0
"""Starting takes 5 to 7 s on an idle machine; here four programs share it with a test."""
_NODE_MONITOR_GRACE_SECONDS = 40


class ControlPlaneError(Exception):
    """It did not start; the message holds the end of the program's output."""


@dataclass
class ControlPlane:
    """A control plane and how to reach it."""

    folder: Path
    binaries: Binaries
    context: str = "mini-xdr-cluster"
    authority: Authority = field(init=False)
    url: str = field(init=False, default="")
    admin: Issued = field(init=False)
    kubeconfig: Path = field(init=False)
    seconds_to_ready: float = field(init=False, default=0.0)
    _programs: list[Program] = field(init=False, default_factory=list)

    def start(self) -> "ControlPlane":
        """Start all four and wait until they work. Raises ControlPlaneError."""
        started = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authority = Authority(self.folder / "pki")
        self.admin = self.authority.issue("admin", groups=(ADMIN_GROUP,))
        etcd_client, etcd_peer, secure = free_ports(3)
        self.url = f"https://127.0.0.1:{secure}"
        self.kubeconfig = self.write_kubeconfig("admin", self.admin)
        try:
            self._start("etcd", self._etcd(etcd_client, etcd_peer))
            self._start("kube-apiserver", self._apiserver(etcd_client, secure))
            self._wait(lambda: self._get(f"{self.url}/readyz") == "ok", "kube-apiserver")
            manager, scheduler = free_ports(2)
            self._start("kube-controller-manager", self._controller_manager(manager))
            self._start("kube-scheduler", self._scheduler(scheduler))
            self._wait(lambda: self._get(f"https://127.0.0.1:{manager}/healthz") == "ok", "kube-controller-manager")
            self._wait(lambda: self._get(f"https://127.0.0.1:{scheduler}/healthz") == "ok", "kube-scheduler")
            default = f"{self.url}/api/v1/namespaces/default/serviceaccounts/default"
            self._wait(lambda: bool(self._get(default)), "kube-controller-manager")
        except BaseException:
            self.stop()
            raise
        self.seconds_to_ready = time.monotonic() - started
        return self

    def stop(self) -> None:
        """End all, the last that was started first."""
        for program in reversed(self._programs):
            program.stop()
        self._programs.clear()

    def __enter__(self) -> "ControlPlane":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def write_kubeconfig(self, name: str, issued: Issued) -> Path:
        """Return a kubeconfig file of a client whose certificate this is; the context is called as the cluster."""

        def data(path: Path) -> str:
            return base64.b64encode(path.read_bytes()).decode()

        user = {"client-certificate-data": data(issued.certificate), "client-key-data": data(issued.key)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": self.context,
                    "cluster": {"server": self.url, "certificate-authority-data": data(self.authority.path)},
                }
            ],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": self.context, "context": {"cluster": self.context, "user": name}}],
            "current-context": self.context,
        }
        path = self.folder / f"{name}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config), "utf-8")
        return path

    def _etcd(self, client: int, peer: int) -> list[str]:
        return [
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{client}",
            f"--advertise-client-urls=http://127.0.0.1:{client}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]

    def _apiserver(self, etcd: int, secure: int) -> list[str]:
        server = self.authority.issue(
            "kube-apiserver", hosts=("127.0.0.1", "localhost", "10.96.0.1", "kubernetes.default.svc")
        )
        kubelet_client = self.authority.issue("kube-apiserver-kubelet-client", groups=(ADMIN_GROUP,))
        accounts = self.authority.key_pair("service-accounts")
        return [
            f"--etcd-servers=http://127.0.0.1:{etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={secure}",
            f"--tls-cert-file={server.certificate}",
            f"--tls-private-key-file={server.key}",
            f"--client-ca-file={self.authority.path}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={accounts.certificate}",
            f"--service-account-signing-key-file={accounts.key}",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--kubelet-client-certificate={kubelet_client.certificate}",
            f"--kubelet-client-key={kubelet_client.key}",
            f"--kubelet-certificate-authority={self.authority.path}",
            "--kubelet-preferred-address-types=InternalIP",
            "--endpoint-reconciler-type=none",
            "--profiling=false",
        ]

    def _controller_manager(self, port: int) -> list[str]:
        config = self.write_kubeconfig(
            "system:kube-controller-manager", self.authority.issue("system:kube-controller-manager")
        )
        pki = self.folder / "pki"
        return [
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={pki / 'service-accounts.key'}",
            f"--root-ca-file={self.authority.path}",
            "--leader-elect=false",
            f"--node-monitor-grace-period={_NODE_MONITOR_GRACE_SECONDS}s",
            "--profiling=false",
        ]

    def _scheduler(self, port: int) -> list[str]:
        config = self.write_kubeconfig("system:kube-scheduler", self.authority.issue("system:kube-scheduler"))
        return [
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            "--leader-elect=false",
            "--profiling=false",
        ]

    def _start(self, name: str, arguments: list[str]) -> None:
        self._programs.append(Program.start(name, [self.binaries.path(name), *arguments], self.folder))

    def _wait(self, ready: Any, name: str) -> None:
        until = time.monotonic() + _START_SECONDS
        while True:
            for program in self._programs:
                if program.process.poll() is not None:
                    raise ControlPlaneError(
                        f"{program.name} ended with status {program.process.returncode}:\n{program.tail()}"
                    )
            try:
                if ready():
                    return
            except OSError:
                pass  # it does not listen yet: asked again until the time is over
            if time.monotonic() > until:
                ends = {program.name: program.tail() for program in self._programs}
                raise ControlPlaneError(f"{name} is not ready after {_START_SECONDS:.0f} s:\n{ends[name]}")
            time.sleep(0.1)

    def _get(self, url: str) -> str:
        # The managers' own certificates are self-signed and made at their start; only whether they answer is asked here.
        context = ssl.create_default_context(cafile=str(self.authority.path))
        if not url.startswith(self.url):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(self.admin.certificate, self.admin.key)
        with urllib.request.urlopen(url, context=context, timeout=5) as answer:  # noqa: S310 - https on loopback
            text: str = answer.read().decode()
            return text
