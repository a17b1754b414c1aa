"""The address policy as tables: what is refused, what is allowed, and how 127.0.0.1 can be written."""

from ipaddress import IPv4Address, ip_address, ip_network

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.addresses import PRIVATE, check_url, judge
from app.errors import AddressRefused

ALWAYS_REFUSED = [
    ("0.0.0.0", "this host"),
    ("0.1.2.3", "this host"),
    ("169.254.169.254", "link-local"),
    ("168.63.129.16", "metadata"),
    ("100.100.100.200", "metadata"),
    ("192.0.0.192", "reserved"),
    ("192.0.2.1", "documentation"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("198.18.0.1", "benchmarks"),
    ("192.88.99.1", "6to4"),
    ("224.0.0.1", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "this host"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "reserved"),
    ("fd00:ec2::254", "metadata"),
    ("ff02::1", "multicast"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("2001:2::1", "benchmarks"),
    ("2001:20::1", "special-purpose"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2002:7f00:1::", "6to4"),
    ("2002:808:808::1", "6to4"),
    ("64:ff9b:1::a00:1", "NAT64"),
    ("100::1", "reserved"),
    ("5f00::1", "special-purpose"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("2606:4700::5efe:7f00:1", "ISATAP"),
    ("2606:4700::200:5efe:808:808", "ISATAP"),
    ("::ffff:169.254.169.254", "link-local"),
    ("64:ff9b::a9fe:a9fe", "link-local"),
    ("::ffff:0:127.0.0.1", "reserved"),
]
REFUSED_UNLESS_OPENED = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("::1", "loopback"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("100.64.0.1", "carrier"),
    ("100.127.255.255", "carrier"),
    ("fc00::1", "private"),
    ("fd12:3456::1", "private"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:10.0.0.1", "private"),
    ("64:ff9b::7f00:1", "loopback"),
    ("64:ff9b::c0a8:101", "private"),
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize(("address", "reason"), ALWAYS_REFUSED)
@pytest.mark.parametrize("opened", [(), PRIVATE, (ip_network("0.0.0.0/0"), ip_network("::/0"))])
def test_these_addresses_stay_closed_whatever_the_operator_opens(address, reason, opened):
    assert reason in (judge(ip_address(address), opened) or "allowed")


@pytest.mark.parametrize(("address", "reason"), REFUSED_UNLESS_OPENED)
def test_inside_addresses_are_refused_until_they_are_opened(address, reason):
    assert reason in (judge(ip_address(address)) or "allowed")
    assert judge(ip_address(address), PRIVATE) is None


@pytest.mark.parametrize("address", PUBLIC)
def test_ordinary_public_addresses_are_allowed(address):
    assert judge(ip_address(address)) is None


def test_opening_one_network_opens_nothing_beside_it():
    opened = (ip_network("10.1.0.0/16"),)
    assert judge(ip_address("10.1.2.3"), opened) is None
    assert judge(ip_address("10.2.0.1"), opened) == "a private address"


@given(st.ip_addresses(v=4))
def test_mapped_and_translated_forms_are_judged_like_the_address_inside_them(address):
    for form in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert judge(ip_address(form)) == judge(address)


@given(st.ip_addresses())
def test_nothing_that_is_not_public_unicast_for_python_is_allowed(address):
    assume(judge(address) is None)
    inner = getattr(address, "ipv4_mapped", None) or address
    assert inner.is_global
    assert not inner.is_multicast


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://example.com/a", "must start with http"),
        ("file:///etc/passwd", "must start with http"),
        ("//example.com/a", "must start with http"),
        ("example.com/a", "must start with http"),
        ("javascript:alert(1)", "must start with http"),
        ("http://", "no valid host"),
        ("http:///a", "no valid host"),
        ("http://.../", "no valid host"),
        ("http://a..b/", "no valid host"),
        ("http://exa%6dple.com/", "no valid host"),
        ("http://" + "a" * 64 + ".com/", "no valid host"),
        ("http://" + "a." * 127 + "com/", "no valid host"),
        ("http://user@example.com/", "user name or password"),
        ("http://user:secret@example.com/", "user name or password"),
        ("http://:secret@example.com/", "user name or password"),
        ("http://example.com@127.0.0.1/", "user name or password"),
        ("http://example.com\\@127.0.0.1/", "backslash"),
        ("http://exam\tple.com/", "control character"),
        ("http://example.com/\r\nHost: b", "control character"),
        ("http://127.0.0.1\0.example.com/", "control character"),
        ("http://example.com:0/", "Port 0"),
        ("http://example.com:22/", "Port 22"),
        ("http://example.com:1023/", "Port 1023"),
        ("http://example.com:65536/", "not a valid URL"),
        ("http://example.com:80:80/", "not a valid URL"),
        ("http://[::1/", "not a valid URL"),
        ("http://example.com/" + "a" * 8192, "characters; at most 8192"),
        ("http://localhost/", "loopback"),
        ("http://LOCALHOST:8000/", "loopback"),
        ("http://api.localhost./", "loopback"),
        ("http://169.254.169.254/latest/meta-data", "link-local"),
        ("http://[fe80::1%25eth0]/", "network card"),
        ("http://[::ffff:10.0.0.1]/", "private"),
    ],
)
def test_a_url_that_must_not_be_called_is_refused_with_what_to_change(url, sentence):
    with pytest.raises(AddressRefused, match=r"\.$") as refused:
        check_url(url)
    assert sentence in refused.value.message


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://example.com/a.mp4", "https://example.com/a.mp4"),
        ("HTTPS://EXAMPLE.com./A", "https://example.com/A"),
        ("http://example.com:8080/a#part", "http://example.com:8080/a"),
        ("https://bücher.example/ä b.png?q=ü", "https://xn--bcher-kva.example/%C3%A4%20b.png?q=%C3%BC"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700:4700::1111]:8443/", "http://[2606:4700:4700::1111]:8443/"),
        ("http://1password.com/", "http://1password.com/"),
    ],
)
def test_a_url_that_may_be_called_is_brought_into_one_form(url, called):
    assert str(check_url(url)) == called


def test_a_signed_query_is_sent_as_it_was_written():
    url = "https://bucket.example/a%2Fb/../c%7E.mp4?X-Amz-Credential=A%2F20260101&sig=a+b%2B%3d&e=%C3%A9"
    assert str(check_url(url)) == url


def _part_spellings(value: int) -> list[str]:
    return [str(value), hex(value), f"0{value:o}", f"0x{value:08x}", f"0X{value:x}", f"00{value:o}"]


@st.composite
def spellings_of_127_0_0_1(draw: st.DrawFn) -> str:
    """inet_aton's grammar: one to four parts, the last one filling what is left, each in any base."""
    address = int(IPv4Address("127.0.0.1"))
    dots = draw(st.integers(0, 3))
    parts = [address >> (24 - 8 * place) & 0xFF for place in range(dots)]
    parts.append(address & ((1 << (32 - 8 * dots)) - 1))
    host = ".".join(draw(st.sampled_from(_part_spellings(part))) for part in parts)
    if draw(st.booleans()):
        host = host.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    return host.replace(".", draw(st.sampled_from([".", "。", "．"]))) + draw(st.sampled_from(["", "."]))


@given(
    host=st.one_of(
        spellings_of_127_0_0_1(),
        st.sampled_from(
            [
                "[::1]",
                "[0:0:0:0:0:0:0:1]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[0:0:0:0:0:ffff:7f00:0001]",
                "[::127.0.0.1]",
                "[64:ff9b::127.0.0.1]",
                "[2002:7f00:1::]",
                "[::1%25lo]",
                "①②⑦.⓪.⓪.①",
                "ⓛocalhost",
            ]
        ),
    ),
    scheme=st.sampled_from(["http", "https", "HTTP"]),
    port=st.sampled_from(["", ":80", ":8000"]),
)
def test_every_spelling_of_127_0_0_1_is_refused(host, scheme, port):
    with pytest.raises(AddressRefused):
        check_url(f"{scheme}://{host}{port}/path")
