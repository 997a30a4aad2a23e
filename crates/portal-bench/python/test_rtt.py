from rtt import CLIENTS, COLUMNS, SERVERS, Times, cell, report


def test_round_trips_are_the_median_time_over_that_of_one() -> None:
    assert cell([0.174, 0.158, 0.301]) == "3 (174 ms)"
    assert cell([0.053, None, 0.053, None]) == "2 of 4 failed"
    assert cell([]) == "–"


def test_only_ours_must_take_the_expected_round_trips() -> None:
    def times(peer: float, ours: float) -> dict[str, Times]:
        count = {name: ours if name == "ours" else peer for name in CLIENTS if not name.endswith("asyncio")}
        expected = {name: [[trips * 0.05] for trips in trips_of] for name, (_, trips_of) in SERVERS.items()}
        return {
            f"{server} {name}": [[count[name]], *columns[1:]] if name in count else columns
            for server, columns in expected.items()
            for name in CLIENTS
        }

    text, wrong = report(times(peer=0.3, ours=0.16))
    assert (len(text.splitlines()), wrong) == (2 + len(SERVERS) * len(CLIENTS), [])
    assert "| requests, server keeps connections | 6 (300 ms) | 1 (50 ms) |" in text
    _, wrong = report(times(peer=0.15, ours=0.2))
    assert wrong == [f"ours, {title}, {COLUMNS[0]}: 4 (200 ms) instead of 3" for title, _ in SERVERS.values()]
