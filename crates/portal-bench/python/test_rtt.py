from rtt import CLIENTS, COLUMNS, SERVERS, cell, report


def test_round_trips_are_the_median_time_over_that_of_one() -> None:
    assert cell([0.174, 0.158, 0.301]) == "3 (174 ms)"
    assert (cell([0.053, None, 0.053]), cell([])) == ("1 of 3 failed", "–")


def test_only_ours_must_take_the_expected_round_trips() -> None:
    times = {f"{server} {name}": [[0.15], *[[0.2]] * 5] for server in SERVERS for name in CLIENTS}
    text, wrong = report(times)
    assert text.count("| 3 (150 ms) | 4 (200 ms) |") == len(SERVERS) * len(CLIENTS)
    ours = [f"{name}, {title}" for title, _ in SERVERS.values() for name in CLIENTS if name.startswith("ours")]
    trips = {title: expected for title, expected in SERVERS.values()}
    assert wrong == [
        f"{name}, {column}: 4 (200 ms) instead of {expected}"
        for name in ours
        for column, expected in list(zip(COLUMNS, trips[name.rpartition(", ")[2]], strict=True))[1:]
    ]
