from instructions import NAMES, collected, compare, over_their_share, parse, split


def test_every_client_is_counted_with_both_providers_on_both_wires() -> None:
    assert len(set(NAMES)) == 4 * 2 * 2 + 3 * 2
    assert {"ours/onlineapp/tls", "decode/kwik"} < set(NAMES)


def test_a_baseline_and_a_printed_table_are_read() -> None:
    text = (
        "# by rustc 1/2\nours/kwik/plain    44000\nraw/kwik/plain 40000   1.10\nencode/kwik 5000\ntotal 12\n$ a/b 1x\n"
    )
    assert parse(text) == {"ours/kwik/plain": 44_000, "raw/kwik/plain": 40_000, "encode/kwik": 5_000}


def test_a_call_over_its_share_is_named() -> None:
    def over(ours: int) -> list[str]:
        return over_their_share({"ours/kwik/plain": ours, "raw/kwik/plain": 1000})

    assert over(1_600) == []
    assert over(1_601) == ["`ours/kwik/plain` costs 1.601 bare calls, over 1.6"]


def test_the_client_alone_costs_what_codec_and_transport_leave() -> None:
    counts = {"ours/kwik/plain": 100, "engine/kwik": 60, "encode/kwik": 20, "decode/kwik": 30}
    assert split(counts, "kwik") == {"encode": 20, "decode": 30, "client": 10, "transport": 40}


def test_three_per_cent_pass_and_more_is_reported_in_both_directions() -> None:
    def at(count: int) -> tuple[list[str], list[str]]:
        return compare({"ours/kwik/tls": count}, {"ours/kwik/tls": 10_000})

    assert at(9_700) == at(10_000) == at(10_300) == ([], [])
    assert at(10_301) == (["`ours/kwik/tls`: 10301 after 10000 (+3.0 %)"], [])
    assert at(9_699) == ([], ["`ours/kwik/tls`: 9699 after 10000 (-3.0 %)"])


def test_other_clients_are_not_compared_and_ours_without_a_baseline_fails() -> None:
    counts = {"reqwest/kwik/tls": 20, "decode/kwik": 1}
    assert compare(counts, {"reqwest/kwik/tls": 10}) == (["`decode/kwik` has no baseline"], [])


def test_the_count_is_read_from_valgrind_and_zero_is_none() -> None:
    assert collected("==7== \n==7== Collected : 123\n") == 123
    assert collected("==7== Collected : 0\n") is collected("valgrind: failed\n") is None
