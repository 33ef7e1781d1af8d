"""What becomes of whole stories, as an analyst would group them."""

from minixdr.correlate import FindingKey, correlate
from minixdr.schema.incident import Incident

from .stories import DAY, HOUR, MINUTE, Story, cloud_intrusion


def _where(incidents: tuple[Incident, ...], story: Story) -> set[str]:
    """Return the incidents that hold findings of the story."""
    ids = story.ids()
    return {incident.incident_id for incident in incidents if not ids.isdisjoint(incident.finding_ids)}


def _holds(incidents: tuple[Incident, ...], key: FindingKey) -> Incident:
    return next(incident for incident in incidents if key.finding_id in incident.finding_ids)


def test_cloud_intrusion_over_several_identities_is_one_incident() -> None:
    """A key, the user it made and that user's session are one story, told in the kill chain's order."""
    (incident,) = correlate(cloud_intrusion().keys)
    assert incident.severity == "critical"
    assert incident.tactics == ("TA0001", "TA0003", "TA0004", "TA0112", "TA0007", "TA0008", "TA0010")
    assert incident.entities[0].type == "access_key"
    assert "by access key AKIAANA000000000" in incident.title
    assert incident.risk > 80
    assert all(join.reason for join in incident.joins)


def test_two_intrusions_behind_one_nat_address_stay_apart() -> None:
    """An address that two users come from does not make one story of two."""
    one, two = cloud_intrusion("one", 0, "ana"), cloud_intrusion("two", 7 * MINUTE, "ben")
    incidents = correlate([*one.keys, *two.keys])
    assert len(_where(incidents, one)) == len(_where(incidents, two)) == 1
    assert _where(incidents, one).isdisjoint(_where(incidents, two))


def test_office_address_does_not_glue_its_users() -> None:
    """Forty people's small findings behind one address are not one incident."""
    office = Story("office")
    for number in range(40):
        office.tell(
            number * 9 * MINUTE,
            f"Odd thing {number % 6}",
            f"user:person{number}! ip:203.0.113.9! host:laptop{number}",
            "medium",
        )
    intrusion = cloud_intrusion("intrusion", 2 * HOUR, ip="203.0.113.9")
    incidents = correlate([*office.keys, *intrusion.keys])
    assert len(_where(incidents, intrusion)) == 1
    assert _where(incidents, intrusion).isdisjoint(_where(incidents, office))


def test_scanner_is_one_incident_and_glues_nobody() -> None:
    """A scan of 500 hosts is one incident; the hosts' own stories stay with the hosts, an exploit by the scanner goes to the scan."""
    scan, seven, nine = Story("scan"), Story("seven"), Story("nine")
    for number in range(500):
        scan.tell(number * 2.0, "Port scan", f"ip:198.51.100.99! host:h{number}", "medium", "TA0043")
    for story, host in ((seven, "h7"), (nine, "h9")):
        story.tell(5 * MINUTE, "Encoded PowerShell", f"user:{story.name}! host:{host}", "high", "TA0002")
        story.tell(9 * MINUTE, "Credential dumping", f"user:{story.name}! host:{host}", "critical", "TA0006")
    exploit = scan.tell(12 * MINUTE, "Web exploit", "ip:198.51.100.99! host:h3", "high", "TA0001")
    incidents = correlate([*scan.keys, *seven.keys, *nine.keys])
    assert len(incidents) == 3
    assert len(_where(incidents, scan)) == 1
    assert len(_holds(incidents, exploit).finding_ids) == 501
    assert _where(incidents, seven).isdisjoint(_where(incidents, nine))


def test_password_spray_goes_on_with_the_account_that_fell() -> None:
    """A spray of 200 users, the sign-in that worked and what that user did are one; another sprayed user's finding is not in it."""
    spray, other = Story("spray"), Story("other")
    for number in range(200):
        spray.tell(number * 3.0, "Failed sign-in", f"user:u{number} ip:198.51.100.50!", "low", "TA0006")
    spray.tell(11 * MINUTE, "Sign-in after failures", "user:u17! ip:198.51.100.50!", "high", "TA0001")
    spray.tell(30 * MINUTE, "Mail forwarding rule", "user:u17!", "medium", "TA0009")
    other.tell(40 * MINUTE, "Large download", "user:u90! host:laptop90 ip:192.0.2.90!", "medium", "TA0010")
    incidents = correlate([*spray.keys, *other.keys])
    assert len(_where(incidents, spray)) == 1
    assert len(incidents) == 2


def test_noisy_rule_is_listed_and_glues_nobody() -> None:
    """A rule that fires all day on every host becomes few incidents of little risk, and three intrusions stay three."""
    noise = Story("noise")
    for host in range(40):
        for quarter in range(0, 96, 2):
            noise.tell(quarter * 15 * MINUTE + host, "Agent restarted", f"host:h{host}", "medium")
    stories = []
    for number in range(3):
        story = Story(f"intrusion {number}")
        for step, (rule, tactic) in enumerate(
            (("Mimikatz", "TA0006"), ("Remote service", "TA0008"), ("Archive made", "TA0009"))
        ):
            story.tell(
                8 * HOUR + step * 10 * MINUTE, f"{rule} {number}", f"host:h{number} user:eve{number}!", "high", tactic
            )
        stories.append(story)
    incidents = correlate([*noise.keys, *(key for story in stories for key in story.keys)])
    assert all(len(_where(incidents, story)) == 1 for story in stories)
    assert len(set.union(*(_where(incidents, story) for story in stories))) == 3
    listed = _where(incidents, noise) - set.union(*(_where(incidents, story) for story in stories))
    assert len(listed) <= 3
    assert max(incident.risk for incident in incidents if incident.incident_id in listed) < 5


def test_slow_attack_over_three_days_is_one_incident() -> None:
    """Six steps, half a day apart, on a quiet user's machines."""
    slow = Story("slow")
    steps = ("Phishing attachment", "Run key", "Domain discovery", "Kerberoasting", "Remote logon", "Upload")
    for step, rule in enumerate(steps):
        slow.tell(step * 12 * HOUR, rule, f"user:carol! host:{'ws-7' if step < 4 else 'files-1'}", "high")
    assert len(correlate(slow.keys)) == 1


def test_two_intrusions_on_one_host_a_month_apart_are_two() -> None:
    """What nobody did for weeks starts a new incident."""
    one, two = Story("one"), Story("two")
    for story, at in ((one, 0.0), (two, 30 * DAY)):
        story.tell(at, "Web shell", "host:web-1", "high", "TA0003")
        story.tell(at + HOUR, "Reverse shell", "host:web-1", "high", "TA0011")
    assert len(correlate([*one.keys, *two.keys])) == 2


def test_chain_of_busy_administrator_does_not_become_one_incident_for_ever() -> None:
    """A finding every few hours for two months is cut into pieces that a person can read."""
    busy = Story("busy")
    for number in range(60 * 6):
        busy.tell(number * 4 * HOUR, f"Administrative act {number % 25}", "user:operator! host:jump-1", "medium")
    incidents = correlate(busy.keys)
    assert len(incidents) > 3
    for incident in incidents:
        assert incident.first_at and incident.last_at
        assert (incident.last_at - incident.first_at).days <= 14


def test_local_accounts_of_one_name_are_not_one_user() -> None:
    """`root` on two machines is two people."""
    one, two = Story("one"), Story("two")
    one.tell(0, "Cron job added", "user:root! host:a", "high")
    two.tell(5 * MINUTE, "Log file removed", "user:root! host:b", "high")
    assert len(correlate([*one.keys, *two.keys])) == 2


def test_account_ties_nothing() -> None:
    """All findings of a cloud account are in that account; that is no reason."""
    one, two = Story("one"), Story("two")
    one.tell(0, "Key created", "user:ana! account:111122223333", "high")
    two.tell(1, "Bucket opened", "user:ben! account:111122223333", "high")
    assert len(correlate([*one.keys, *two.keys])) == 2


def test_worm_is_one_incident() -> None:
    """A rule nobody sees otherwise, on ten machines within minutes, has one cause."""
    worm = Story("worm")
    for number in range(10):
        worm.tell(number * MINUTE, "Service from a share", f"host:ws-{number}", "high", "TA0008")
    assert len(correlate(worm.keys)) == 1


def test_attacker_address_over_several_hosts_is_one_incident() -> None:
    """Different rules on different machines, one foreign address."""
    web = Story("web")
    for number, rule in enumerate(("Probe", "Injection", "Upload", "Command")):
        web.tell(number * 6 * MINUTE, rule, f"ip:198.51.100.23! host:web-{number}", "medium")
    assert len(correlate(web.keys)) == 1


def test_findings_that_name_nobody_are_listed_by_rule_and_file() -> None:
    """A thousand lines without an entity are one incident for each rule and file, with or without a time."""
    plain = Story("plain")
    for number in range(500):
        plain.tell(number * MINUTE, "Segfault", "", "low", file="a.log")
        plain.tell(None, "Segfault", "", "low", file="b.log")
        plain.tell(None, "Panic", "", "high", file="b.log")
    incidents = correlate(plain.keys)
    assert len(incidents) == 3
    assert [incident.first_at is None for incident in incidents] == [False, True, True]


def test_findings_without_time_are_listed_by_rule_and_entity() -> None:
    """Without a time nothing tells how far apart they are: the same rule on the same host is one list, other rules are others."""
    plain = Story("plain")
    for _ in range(5):
        plain.tell(None, "One", "host:a", "medium")
        plain.tell(None, "Two", "host:a", "medium")
        plain.tell(None, "One", "host:b", "medium")
    assert len(correlate(plain.keys)) == 3


def test_exploited_server_that_everybody_scans() -> None:
    """On a server with thousands of visitors, the exploit and what then goes on inside are one; the other visitors are not in it."""
    visitors, attack = Story("visitors"), Story("attack")
    for number in range(2_000):
        visitors.tell(
            number * 60.0, f"Web probe {number % 5}", f"ip:203.0.{number % 113}.{number % 250}! host:web-1", "medium"
        )
    attack.tell(20 * HOUR, "Exploit of the upload form", "ip:198.51.100.77! host:web-1", "high", "TA0001")
    attack.tell(20 * HOUR + 20, "Shell started by the web server", "host:web-1 user:www-data", "high", "TA0002")
    attack.tell(20 * HOUR + 300, "Reverse shell", "host:web-1 user:www-data", "critical", "TA0011")
    attack.tell(21 * HOUR, "Cron job added", "host:web-1 user:www-data", "medium", "TA0003")
    incidents = correlate([*visitors.keys, *attack.keys])
    (name,) = _where(incidents, attack)
    (incident,) = (incident for incident in incidents if incident.incident_id == name)
    assert len(incident.finding_ids) < 40
    assert len(incidents) < 40


def test_users_of_a_jump_host_are_not_one_story() -> None:
    """Thirty administrators' findings on the host they all go through stay with each of them."""
    jump = Story("jump")
    for number in range(30):
        for step in range(2):
            jump.tell(
                number * 20 * MINUTE + step * 5 * MINUTE,
                f"Odd command {number}-{step}",
                f"user:admin{number}! host:jump-1",
                "high",
            )
    incidents = correlate(jump.keys)
    assert len(incidents) >= 25


def test_sweep_over_hosts_with_findings_of_their_own_is_one_story() -> None:
    """Several rare rules that fire on the same hosts in the same minute tie what no entity ties."""
    sweep = Story("sweep")
    for host in range(4):
        for number in range(10):
            sweep.tell(number * 30.0, f"Finding {host}-{number}", f"host:srv-{host}", "medium")
        for number in range(3):
            sweep.tell(2 * MINUTE + host, f"Probe {number}", f"host:srv-{host}", "medium", "TA0043")
    assert len(correlate(sweep.keys)) == 1


def test_machine_on_which_now_this_now_that_is_seen_ties_only_what_is_close() -> None:
    """Hours apart, two findings on a quiet host are one story; on a host with something every hour they are not."""
    quiet, busy = Story("quiet"), Story("busy")
    for story, host in ((quiet, "quiet-1"), (busy, "busy-1")):
        for at in (0.0, 6 * HOUR):
            story.tell(at, f"{host} at {at}", f"host:{host}", "medium")
    for hour in range(-36, 0):
        busy.tell(hour * HOUR + 1800, f"Something {hour}", "host:busy-1", "medium")
    incidents = correlate([*quiet.keys, *busy.keys])
    assert _holds(incidents, quiet.keys[0]) is _holds(incidents, quiet.keys[1])
    assert _holds(incidents, busy.keys[0]) is not _holds(incidents, busy.keys[1])


def test_small_findings_say_something_for_hours_and_bad_ones_for_a_day() -> None:
    """Twelve hours apart on one host: two high findings are one story, two medium or low ones are not."""
    for level, count in (("high", 1), ("medium", 2), ("low", 2)):
        story = Story(level)
        story.tell(0, "One", "host:a", level)
        story.tell(12 * HOUR, "Two", "host:a", level)
        assert len(correlate(story.keys)) == count, level


def test_one_thread_does_not_join_two_large_stories() -> None:
    """Two intrusions that each stand on their own are not one because a single finding of each shares a domain."""
    one, two = Story("one"), Story("two")
    for story in (one, two):
        for number in range(32):
            story.tell(
                number * MINUTE, f"Step {number} of {story.name}", f"host:{story.name} user:{story.name}!", "high"
            )
        story.tell(10 * MINUTE, f"Connection of {story.name}", f"host:{story.name} domain:cdn.example.com", "medium")
    assert len(correlate([*one.keys, *two.keys])) == 2
    small = [one.keys[-1], two.keys[-1]]
    assert len(correlate(small)) == 1


def test_instance_is_a_machine() -> None:
    """A command sent to an instance and what its role then does are one story, hours apart; a key both touched would not be enough."""
    story = Story("instance")
    story.tell(0, "Command sent to an instance", "key:AKIAEXAMPLE0000000! resource:i-0123456789abcdef0", "high")
    story.tell(
        5 * HOUR,
        "Role used from outside",
        "session:arn:aws:sts::111122223333:assumed-role/web/x! resource:i-0123456789abcdef0",
        "high",
    )
    other = Story("other")
    other.tell(0, "Key policy changed", "key:AKIAEXAMPLE0000001! resource:key/1", "high")
    other.tell(
        5 * HOUR, "Many decryptions", "session:arn:aws:sts::111122223333:assumed-role/jobs/y! resource:key/1", "high"
    )
    assert [len(incident.finding_ids) for incident in correlate(story.keys)] == [2]
    assert [len(incident.finding_ids) for incident in correlate(other.keys)] == [1, 1]
