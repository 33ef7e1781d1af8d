"""The certificate is refused, is another host's, or ends soon."""

from collections.abc import Iterator
from datetime import timedelta

from minixdr_deploy.checks.check import Check, Seen, known, some
from minixdr_deploy.observe.observed import LoadBalancer, NotKnown, Observed
from minixdr_deploy.problem import Problem

_SOON = timedelta(days=21)
"""ACM renews 60 days before the end; three weeks before it, renewing has failed for long."""
_URGENT = timedelta(days=7)


def _judge(observed: Observed) -> Iterator[Seen]:
    shown = observed.web.certificate
    if isinstance(shown, NotKnown) and (shown.why == "not supported" or isinstance(observed.web.versions, NotKnown)):
        return  # no TLS is spoken, as deploy.yaml wants it; or nothing answers, which the check `entrance` tells
    shown = known(shown)
    mend = _mend(observed)
    evidence = (f"names: {some(shown.names)}", f"ends: {shown.not_after:%Y-%m-%d %H:%M} UTC", f"issuer: {shown.issuer}")
    left = shown.not_after - observed.at
    if left <= timedelta(0):
        yield Seen(Problem("certificate", "the certificate has expired", evidence, mend))
    elif shown.problem is not None:
        yield Seen(
            Problem(
                "certificate",
                f"browsers refuse the certificate: {shown.problem}",
                (f"asked: {observed.wanted.host}", *evidence),
                mend,
            )
        )
    elif left < _SOON:
        yield Seen(
            Problem(
                "certificate",
                f"the certificate ends in {left.days} days",
                evidence,
                mend,
                "error" if left < _URGENT else "warning",
            )
        )


def _mend(observed: Observed) -> str:
    region = observed.wanted.region
    balancer = observed.aws.load_balancer
    used = (
        [arn for listener in balancer.listeners for arn in listener.certificates]
        if isinstance(balancer, LoadBalancer) and isinstance(balancer.listeners, tuple)
        else []
    )
    look = [
        f"aws acm describe-certificate --region {region} --certificate-arn {arn} --query Certificate.RenewalSummary"
        for arn in used
    ]
    return "\n".join(
        look
        or [
            f"aws acm list-certificates --region {region}",
            "minixdr-deploy rollout  # with certificate_arn in deploy.yaml",
        ]
    )


CHECK = Check(
    "certificate",
    "Certificate refused or near its end",
    "ACM could not renew it because its validation record is gone from DNS; the Ingress found a certificate of another name.",
    _judge,
    explains=frozenset({"entrance"}),
)
