from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubwright.adapters.helm.records import decode_record, encode_record


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists)))
def test_a_record_survives_being_written_and_read(record: dict[str, object]):
    assert decode_record(encode_record(record)) == record
