"""Results files keep every row that is written to them."""

from concurrent.futures import ThreadPoolExecutor

from benchmarks import results


def test_writers_at_once_lose_no_row(tmp_path):
    file = tmp_path / "rows.csv"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: results.replace([{"name": n, "value": 2 * n}], file, ["name"]), range(40)))
    rows = results.read(file)
    assert sorted(rows["name"]) == list(range(40)) and (rows["value"] == 2 * rows["name"]).all()


def test_newer_rows_replace_older_ones_of_their_key(tmp_path):
    file = tmp_path / "rows.csv"
    results.replace([{"name": "a", "value": "0.10"}, {"name": "b", "value": "0.20"}], file, ["name"])
    results.replace([{"name": "a", "value": "0.30"}], file, ["name"])
    assert file.read_text() == "name,value\nb,0.20\na,0.30\n"
