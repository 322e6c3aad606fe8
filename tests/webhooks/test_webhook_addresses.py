"""Where a client's webhook may lead: URLs by their form, addresses by what they are, names by what they resolve to."""

import socket

import aiohttp
import pytest
from aiohttp import web

from bridge.core.callback_address import LONGEST_URL, WEBHOOK_HEADER, callback_url, checked, parsed, refusal
from bridge.core.errors import BadRequest
from bridge.webhooks.connect import AddressRefused, CheckedResolver, clients_session

INSIDE = [  # what WEBHOOK_PRIVATE allows
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.1.1",
    "100.64.0.1",
    "::1",
    "fe80::1",
    "fd12::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::192.168.0.1",
    "2002:7f00:1::",
    "2002:a00:1::1",
]
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::ffff:0.0.0.0",
    "255.255.255.255",
    "240.0.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "169.254.0.23",  # Tencent's
    "169.254.42.42",  # Scaleway's
    "fd00:42::42",
    "::7f00:1",  # IPv4-compatible, long given up
    "::127.0.0.1",
    "64:ff9b:1::1",  # NAT64 within a network
    "2001::1",  # Teredo
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "fec0::1",
    "2130706433",
    "127.1",
    "localhost",
    "",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]


@pytest.mark.parametrize(("address", "private"), [(a, p) for a in PUBLIC for p in (False, True)])
def test_a_public_address_may_be_called(address, private):
    assert refusal(address, private=private) is None


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_may_be_called_only_where_the_operator_says_so(address):
    assert refusal(address, private=False) == f"{address} is not a public address"
    assert refusal(address, private=True) is None


@pytest.mark.parametrize(("address", "private"), [(a, p) for a in NEVER for p in (False, True)])
def test_some_addresses_are_never_called(address, private):
    assert refusal(address, private=private)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "https://example.com",
        "https://example.com./hook?a=b&c=%20d",
        "https://EXAMPLE.com:8443/",
        "https://xn--bcher-kva.example/h",
        "https://8.8.8.8/h",
        "https://[2606:4700::1111]:1024/h",
        "https://1password.example2.com/h",
        "https://a_b.example.com:80/h",
        "https://" + "a" * 63 + ".example/h",
    ],
)
def test_a_url_of_good_form_is_taken(url):
    assert aiohttp.client.URL(checked(url, private=False)) == aiohttp.client.URL(url)


BAD_FORM = {
    "": "is empty",
    " ": "is empty",
    "https://a.example/, https://b.example/": "must be one URL",
    "example.com/hook": "must start with https://",
    "//example.com/hook": "must start with https://",
    "ftp://example.com/": "must start with https://",
    "file:///etc/passwd": "must start with https://",
    "gopher://example.com/": "must start with https://",
    "javascript:alert(1)": "must start with https://",
    "https://": "names no host",
    "https:///hook": "names no host",
    "https://user:word@example.com/": "must not hold a name or password",
    "https://user@example.com/": "must not hold a name or password",
    "https://127.0.0.1\\@example.com/": "must not hold a name or password",
    "https://example.com\\.evil/": "must be a URL in ASCII",
    "https://example.com/#part": "must be a URL in ASCII without a fragment",
    "https://exa mple.com/": "must be a URL in ASCII",
    "https://example.com/\r\nX-Evil: 1": "must be a URL in ASCII",
    "https://bücher.example/": "write an international name in its xn-- form",
    "https://\u2460\u2461\u2466.0.0.1/": "must be a URL in ASCII",
    "https://example.com:0/": "names no host, or port 0",
    "https://example.com:99999/": "can't be read",
    "https://example.com:port/": "can't be read",
    "https://[::1/": "can't be read",
    "https://[fe80::1%25eth0]/": "names no host that can be",
    "https://ex%61mple.com/": "names no host that can be",
    "https://a..b/": "names no host that can be",
    "https://-a.example/": "names no host that can be",
    "https://" + "a" * 64 + ".example/": "names no host that can be",
    "https://" + "a." * 150 + "example/": "names no host that can be",
    "https://example.com/" + "a" * LONGEST_URL: "characters; 2048 is the most",
    "https://127.1/": "names an address in a form that is not taken",
    "https://0177.0.0.1/": "names an address in a form that is not taken",
    "https://0x7f.0.0.1/": "names an address in a form that is not taken",
    "https://0x7f000001/": "names an address in a form that is not taken",
    "https://2130706433/": "names an address in a form that is not taken",
    "https://127.0.0.0x1/": "names an address in a form that is not taken",
    "https://127.0.0.1./": "names an address in a form that is not taken",
    "https://8.8.8.8./": "names an address in a form that is not taken",
    "https://1.2.3.4.5/": "names an address in a form that is not taken",
    "https://0/": "names an address in a form that is not taken",
}


@pytest.mark.parametrize(("url", "sentence"), BAD_FORM.items(), ids=range(len(BAD_FORM)))
@pytest.mark.parametrize("private", [False, True])
def test_a_url_of_bad_form_is_refused_with_a_reason(url, sentence, private):
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")):
        checked(url, private=private)
    with pytest.raises(ValueError):  # the operator's own is held to the same form
        parsed(url)


@pytest.mark.parametrize(
    ("url", "private", "sentence"),
    [
        ("ftp://example.com/", False, "must start with https://, not 'ftp://'"),
        ("ftp://example.com/", True, "must start with https:// or http://, not 'ftp://'"),
        ("http://example.com/", False, "must start with https://, not 'http://'"),
        ("www.example.com/hook", False, "must start with https://, not 'www.example.com/hook'"),
        ("user:word@example.com", False, "must start with https://"),
    ],
)
def test_a_url_of_another_scheme_is_refused_with_those_that_are_taken_and_no_password_is_repeated(
    url, private, sentence
):
    with pytest.raises(ValueError) as caught:
        checked(url, private=private)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("port", [1, 22, 25, 53, 81, 1023])
def test_ports_of_other_services_are_refused(port):
    with pytest.raises(ValueError, match="must have port 80, 443, or one from 1024 up"):
        checked(f"https://example.com:{port}/", private=True)


def test_without_https_a_url_leads_only_inside_where_that_is_allowed():
    with pytest.raises(ValueError, match="must start with https://"):
        checked("http://example.com/", private=False)
    assert checked("http://192.168.0.7:8080/hook", private=True) == "http://192.168.0.7:8080/hook"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[fd12::1]", "169.254.169.254"]
)
def test_an_address_written_into_a_url_is_judged_at_once(host):
    with pytest.raises(ValueError, match=r"is not a public address|where a cloud keeps"):
        checked(f"https://{host}/", private=False)


@pytest.mark.parametrize(
    ("texts", "offered", "sentence"),
    [
        (["https://example.com/"], False, "X-Webhook-URL is not offered by this server."),
        (["https://example.com/", "https://example.org/"], True, "X-Webhook-URL is there 2 times"),
        (["https://127.0.0.1/"], True, "X-Webhook-URL 127.0.0.1 is not a public address."),
        ([""], True, "X-Webhook-URL is empty."),
    ],
)
def test_a_header_that_cant_be_obeyed_is_the_callers_mistake(texts, offered, sentence):
    with pytest.raises(BadRequest, match=sentence) as caught:
        callback_url(texts, offered=offered, private=False)
    assert caught.value.field == WEBHOOK_HEADER


# What is connected to


def leading_to(*answers):
    """A name server with an answer for each question in turn (the last one for ever), and the list of questions."""
    questions = []

    def look_up(host, port, family=0, type=0):
        addresses = answers[min(len(questions), len(answers) - 1)]
        questions.append(host)
        if isinstance(addresses, Exception):
            raise addresses
        kinds = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in addresses]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (each, port, 0, 0) if ":" in each else (each, port))
            for kind, each in zip(kinds, addresses, strict=True)
        ]

    return look_up, questions


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.1.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"])
async def test_a_name_that_leads_inside_is_refused_also_when_it_leads_outside_too(inside):
    look_up, _ = leading_to(["8.8.8.8", inside])
    with pytest.raises(AddressRefused, match=r"example\.com: "):
        await CheckedResolver(private=False, look_up=look_up).resolve("example.com", 443)


async def test_what_was_judged_is_what_is_handed_on_by_number():
    look_up, questions = leading_to(["8.8.8.8", "2606:4700::1111"], ["127.0.0.1"])
    found = await CheckedResolver(private=False, look_up=look_up).resolve("example.com", 443)
    assert [(each["host"], each["port"]) for each in found] == [("8.8.8.8", 443), ("2606:4700::1111", 443)]
    assert all(each["flags"] == socket.AI_NUMERICHOST | socket.AI_NUMERICSERV for each in found)
    assert questions == ["example.com"]


@pytest.mark.parametrize("error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")])
async def test_a_name_that_leads_nowhere_is_an_os_error(error):
    look_up, _ = leading_to(error)
    with pytest.raises(OSError):
        await CheckedResolver(private=False, look_up=look_up).resolve("example.com")


@pytest.fixture
async def receiver(aiohttp_server):
    """Listens on every loopback address, and notes at which it was called."""
    app, called = web.Application(), []

    async def hear(request):
        called.append(request.transport.get_extra_info("sockname")[0])
        return web.Response()

    app.router.add_post("/", hear)
    server = await aiohttp_server(app, host="0.0.0.0")
    return server.port, called


async def test_a_name_that_leads_elsewhere_the_second_time_gains_nothing(receiver):
    port, called = receiver
    look_up, questions = leading_to(["127.0.0.2"], ["169.254.169.254"])
    async with clients_session(private=True, look_up=look_up) as session:
        async with session.post(f"http://rebinds.example:{port}/") as answer:
            assert answer.status == 200
        assert (called, questions) == (["127.0.0.2"], ["rebinds.example"])  # one question, and exactly its answer
        with pytest.raises(aiohttp.ClientConnectorError, match="where a cloud keeps its secrets"):
            await session.post(f"http://rebinds.example:{port}/")
    assert len(called) == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "127.1", "2130706433", "0x7f.1", "0", "localhost."]
)
async def test_no_spelling_of_this_machine_reaches_it_even_past_the_check_of_the_form(receiver, host):
    port, called = receiver
    async with clients_session(private=False) as session:
        with pytest.raises((aiohttp.ClientError, ValueError)):
            await session.post(f"http://{host}:{port}/")
    assert called == []


async def test_the_environments_proxies_are_not_used(receiver, monkeypatch):
    port, called = receiver
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
    look_up, questions = leading_to(socket.gaierror(-2, "Name or service not known"))
    async with clients_session(private=True, look_up=look_up) as session:
        with pytest.raises(aiohttp.ClientConnectorDNSError):
            await session.post("http://receiver.example/")
    assert (called, questions) == ([], ["receiver.example"])
