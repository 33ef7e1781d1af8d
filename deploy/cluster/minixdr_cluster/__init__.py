"""A Kubernetes cluster on one machine for tests: a real control plane, and stand-ins for what would run on other machines.

Real: etcd, kube-apiserver, kube-controller-manager and kube-scheduler (compiled by `compile/compile.sh`), HAProxy, PostgreSQL, NATS, and our own
programs. Stand-ins: the kubelet (starts our programs as processes of this machine), kube-proxy, the AWS Load Balancer Controller, and AWS (moto).
What each stand-in does not do is said in its module.
"""
