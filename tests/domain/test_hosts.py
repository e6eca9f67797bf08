"""No trick with addresses leads anywhere but to the hosts that an administrator named (a corpus of such tricks)."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.domain.hosts import Allowed, Refused, Target, read_allowed, refusal, target

NAMED = read_allowed("hooks.example.org, crm.example.org:8443, intern.example=10.0.0.5, plain.example:8080=127.0.0.1")
TRICKS = """
https://other.example.org/
https://hooks.example.org.evil.example/
https://evil.example/hooks.example.org
https://evil.example/?hooks.example.org
https://evil.example#hooks.example.org
https://evil.example#@hooks.example.org/
https://hooks.example.org@evil.example/
https://evil.example@hooks.example.org/
https://user:secret@hooks.example.org/
https://hooks.example.org:pass@evil.example/
https://evil.example\\@hooks.example.org/
https://hooks.example.org\\.evil.example/
https:\\\\hooks.example.org/
https://hooks.example.org%2eevil.example/
https://hooks.example.org%00.evil.example/
https://hooks%2eexample%2eorg/
https://hooks.example.org:22/
https://hooks.example.org:8443/
https://hooks.example.org:443443/
https://hooks.example.org:-1/
https://hooks.example.org:4a43/
https://crm.example.org/
https://xhooks.example.org/
https://example.org/
https://hooks.example.org../x..evil.example
http://hooks.example.org/
http://hooks.example.org:443/
http://crm.example.org:8443/
ftp://hooks.example.org/
file:///etc/passwd
gopher://hooks.example.org:443/_x
data:text/plain,hooks.example.org
javascript://hooks.example.org/%0aalert(1)
//hooks.example.org/
hooks.example.org
https:///hooks.example.org
https://
https://127.0.0.1/
https://127.1/
https://2130706433/
https://0x7f000001/
https://0177.0.0.1/
https://017700000001/
https://0/
https://localhost/
https://[::1]/
https://[::ffff:127.0.0.1]/
https://[::]/
https://[0:0:0:0:0:ffff:7f00:1]/
https://[fe80::1%25eth0]/
https://169.254.169.254/latest/meta-data/
https://metadata.google.internal/
https://10.0.0.5/
https://100.100.100.200/
https://192.168.0.1.nip.io/
https://hooks.example.org。evil.example/
https://hooks。example。org/
https://hоoks.example.org/
https://ⓗooks.example.org/
https://hooks.example.org\u200b/
https://hooks.example.org /
https://hooks.example.org\t.evil.example/
https://hooks.example.org\r\nHost: evil.example/
https://hooks.example.org/#fragment
""".strip().split("\n")
PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1
192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::a00:1 2002:7f00:1:: 2002:a00:1:: 2001:0:7f00:1::80ff:fffe 2001:db8::1 100::1 fc00::1 fd12:3456::1 fe80::1
fec0::1 ff02::1 fe80::1%eth0 2001:4860:4860::8888%1 not-an-address
""".split()


@pytest.mark.parametrize("url", TRICKS)
def test_a_trick_leads_nowhere(url: str) -> None:
    with pytest.raises(Refused):
        target(url, NAMED)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_to_an_address_that_is_not_public_is_not_called(address: str) -> None:
    assert refusal([address]) is not None
    assert refusal(["93.184.215.14", address]) is not None  # one of several is enough


def test_what_was_named_is_called_as_it_was_named() -> None:
    assert target("https://hooks.example.org/in?x=1", NAMED) == Target("hooks.example.org", 443, True, None)
    assert target("HTTPS://Hooks.Example.ORG.:443/", NAMED) == Target("hooks.example.org", 443, True, None)
    assert target("https://crm.example.org:8443/", NAMED).port == 8443
    assert target("https://intern.example/", NAMED).address == "10.0.0.5"
    assert target("http://plain.example:8080/", NAMED) == Target("plain.example", 8080, False, "127.0.0.1")
    assert refusal(["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]) is None
    assert refusal([]) is not None


@pytest.mark.parametrize(
    "wrong",
    ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "*.example.org", "a b", "x.example:0", "x.example:x", "-x.example",
     "x.example=169.254.169.254", "x.example=fe80::1", "x.example=::ffff:169.254.169.254", "x.example=0.0.0.0",
     "x.example=224.0.0.1", "x.example=there", "https://x.example", "x.example/path"],
)  # fmt: skip
def test_a_setting_that_names_no_host_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        read_allowed(f"ok.example, {wrong}")


def test_without_a_setting_nobody_is_called() -> None:
    assert read_allowed("") == read_allowed(" , ") == ()
    with pytest.raises(Refused, match="VETTING_WEBHOOK_HOSTS"):
        target("https://hooks.example.org/", ())


@given(st.text(max_size=60), st.sampled_from(["https://", "http://", "", "https://hooks.example.org"]))
def test_whatever_is_written_leads_to_a_named_host_or_nowhere(text: str, start: str) -> None:
    try:
        found = target(start + text, NAMED)
    except Refused:
        return
    assert found.host in {one.host for one in NAMED}


@given(st.ip_addresses())
def test_what_is_not_public_is_never_called(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if refusal([str(address)]) is None:
        assert address.is_global and not address.is_multicast


def test_an_entry_is_read_in_parts() -> None:
    assert read_allowed("A.Example:8443=10.0.0.5") == (Allowed("a.example", 8443, "10.0.0.5"),)
