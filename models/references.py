"""The bibliography: every key that a `models.spec.Threshold` may cite.

Each entry says how far its source was read, because a limit is worth no more than that. "Read"
means the abstract or the opening of the source in nearly every case, not the whole paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reading(StrEnum):
    """How far a source was read before it was cited."""

    READ = "read"
    """In the source itself, nearly always its abstract or opening."""

    SECONDARY = "secondary"
    """In another source that quotes it."""

    RECALLED = "recalled"
    """Known from the literature and not read again; check it before building on it."""

    COMPUTED = "computed"
    """Our own calculation."""

    CHOSEN = "chosen"
    """No source fixes it; somebody had to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a number comes from.

    Attributes
    ----------
    key
        As cited by a threshold, for example ``laird_2019``.
    text
        Authors, year, venue and what was taken from it.
    address
        DOI, PubMed Central id or another address; empty when there is none.
    status
        How far the source was read.
    """

    key: str
    text: str
    address: str
    status: Reading


def _by_key(*references: Reference) -> Mapping[str, Reference]:
    return MappingProxyType({reference.key: reference for reference in references})


REFERENCES: Final = _by_key(
    # Our own
    Reference(
        key="expert_default",
        text=(
            "Chosen by judgement, consistent with the geometry and the cited means; "
            "no source fixes the number."
        ),
        address="",
        status=Reading.CHOSEN,
    ),
    Reference(
        key="geometry_model",
        text=(
            "Own planar model of the spine (5 lumbar and 12 thoracic links, standing lordosis 50°) "
            "with typical segment lengths: trunk inclination ≈ 1.00·pelvis + 0.69·lumbar + "
            "0.17·thoracic (rms 0.2° over 81 body shapes), and posture features of 14 tasks."
        ),
        address="",
        status=Reading.COMPUTED,
    ),
    # Lumbar flexion in tasks
    Reference(
        key="boocock_thesis",
        text=(
            "Doctoral thesis on biofeedback in repetitive lifting, Auckland University of "
            "Technology (n = 34, 13 kg, 10 lifts a minute): feedback at 80 % of the person's own "
            "maximum lumbar flexion."
        ),
        address="ir_aut_11613",
        status=Reading.READ,
    ),
    Reference(
        key="bengtsson_2022",
        text=(
            "Bengtsson et al. 2022, Int J Sports Phys Ther: deadlift at 70 % of the one-repetition "
            "maximum, 24 lifters; 13° upper and 20° lower lumbar flexion from standing to start."
        ),
        address="doi:10.26603/001c.37859",
        status=Reading.READ,
    ),
    Reference(
        key="aasa_2019",
        text=(
            "Aasa et al. 2019: repeatability of lumbar angles in lifters; minimal detectable "
            "change 1–8° (deadlift) and 1–6° (squat)."
        ),
        address="",
        status=Reading.READ,
    ),
    Reference(
        key="von_arx_2021",
        text=(
            "von Arx et al. 2021, Front Bioeng Biotechnol: 15 kg box, n = 30; lumbar range "
            "35.9 ± 10.1° (stoop), 24.2 ± 7.3° (freestyle), 25.1 ± 8.2° (squat)."
        ),
        address="doi:10.3389/fbioe.2021.769117",
        status=Reading.READ,
    ),
    Reference(
        key="mckean_2010",
        text=(
            "McKean et al. 2010: lumbar range in the descent of a squat with half body weight; "
            "women 12.9°, men 26.3°."
        ),
        address="PMID 20885195",
        status=Reading.READ,
    ),
    Reference(
        key="tuck_definition_2025",
        text=(
            "Applied Sciences 2025, 15:12526: tuck of the pelvis in a squat, measured from its "
            "greatest forward tilt in the descent."
        ),
        address="Appl Sci 2025 15:12526",
        status=Reading.READ,
    ),
    Reference(
        key="shoji_2025",
        text=(
            "Shoji et al. 2025: deadlift, n = 13; lower thoracic and upper lumbar flexion rise "
            "from 60 to 90 % of the one-repetition maximum. Direction only, no limit."
        ),
        address="PMC12583097",
        status=Reading.READ,
    ),
    Reference(
        key="vigotsky_2015",
        text=(
            "Vigotsky et al. 2015, PeerJ: good morning at 50–90 % of the one-repetition maximum, "
            "n = 15; lumbar flexion did not change with load."
        ),
        address="doi:10.7717/peerj.708",
        status=Reading.READ,
    ),
    # Full forward bend
    Reference(
        key="laird_2019",
        text=(
            "Laird et al. 2019, BMC Musculoskelet Disord: forward bend of 126 people without and "
            "140 with back pain; lumbar 52° and 46°, pelvis 59° and 48°, duration 2.28 and 3.18 s."
        ),
        address="PMC6339318",
        status=Reading.READ,
    ),
    Reference(
        key="laird_2016",
        text=(
            "Laird et al. 2016, n = 63: lumbar share of a forward bend 51.3 % and 45.8 %; minimal "
            "detectable change 5–15° (range) and 8–15 % (share)."
        ),
        address="PMC5034504",
        status=Reading.READ,
    ),
    Reference(
        key="esola_1996",
        text=(
            "Esola et al. 1996, Spine, n = 41: forward bend 111°, lumbar 41.6°, hip 69.4°. The "
            "ratios by thirds (1.9, 0.9, 0.4) are recalled."
        ),
        address="",
        status=Reading.READ,
    ),
    Reference(
        key="mcclure_1997",
        text=(
            "McClure et al. 1997: rising from a bend, people with a history of back pain move "
            "from the lumbar spine earlier."
        ),
        address="",
        status=Reading.READ,
    ),
    # Telling movements apart
    Reference(
        key="schmid_2022",
        text=(
            "Schmid et al. 2022, Arch Physiother: Stoop-Squat-Index, mean below 30 for squat and "
            "above 90 for stoop lifting. Its exact formula was not seen; ours is a variant on "
            "landmarks."
        ),
        address="doi:10.1186/s40945-022-00135-4",
        status=Reading.READ,
    ),
    Reference(
        key="schellenberg_2013",
        text=(
            "Schellenberg et al. 2013, BMC Sports Sci Med Rehabil, n = 13: largest knee flexion "
            "5.3 ± 6.7° in good mornings, 103–108° in deadlifts; no difference of the trunk."
        ),
        address="PMC3878967",
        status=Reading.READ,
    ),
    Reference(
        key="escamilla_2000",
        text=(
            "Escamilla et al. 2000: sumo and conventional deadlift; lift-off, knee pass and "
            "lockout as instants; at lift-off a sumo trunk is 5–10° more upright."
        ),
        address="",
        status=Reading.READ,
    ),
    Reference(
        key="hales_2009",
        text=(
            "Hales et al. 2009, J Strength Cond Res: squat and conventional deadlift in "
            "competition; with Escamilla 2000, trunk 60–65° and knee 55–65° at lift-off."
        ),
        address="J Strength Cond Res 23(9):2574-2580",
        status=Reading.RECALLED,
    ),
    # Squat, lunge, front view
    Reference(
        key="uplift_docs",
        text="Uplift, product documentation: trunk and tibia count as parallel within 20°.",
        address="docs.uplift.ai, trunk-tibia-parallel",
        status=Reading.READ,
    ),
    Reference(
        key="gwynne_2014",
        text=(
            "Gwynne and Curran 2014: frontal plane projection angle in single-leg squats; standard "
            "error of measurement 2–4°."
        ),
        address="",
        status=Reading.READ,
    ),
    Reference(
        key="herrington_munro_2010",
        text=(
            "Herrington and Munro 2010: frontal plane projection angle in single-leg tasks; "
            "5–12° (women), 1–9° (men)."
        ),
        address="",
        status=Reading.RECALLED,
    ),
    Reference(
        key="farrokhi_2008",
        text=(
            "Farrokhi et al. 2008: leaning forward in a lunge asks more of the hip extensors; an "
            "option, not a flaw."
        ),
        address="",
        status=Reading.RECALLED,
    ),
    # What the camera can tell
    Reference(
        key="cosoli_2026",
        text=(
            "Cosoli et al. 2026: knee flexion from MediaPipe in squats; seen from the side "
            "−2.3 ± 6.4°, with tight trousers 1.6 ± 3.5°."
        ),
        address="",
        status=Reading.READ,
    ),
    Reference(
        key="damsted_2014",
        text=(
            "Damsted et al. 2014: two-dimensional video angles in running; 3–8° within and 9–14° "
            "between days."
        ),
        address="",
        status=Reading.READ,
    ),
    # How to coach
    Reference(
        key="beach_2018",
        text=(
            "Beach et al. 2018, n = 24: naming the back changed lumbar flexion more than naming "
            "the legs did."
        ),
        address="PMID 29107836",
        status=Reading.READ,
    ),
    Reference(
        key="mckay_2023",
        text=(
            "McKay et al. 2023: after correction for bias, an external focus gains almost nothing; "
            "a reasonable first choice and no law."
        ),
        address="sportrxiv 304",
        status=Reading.READ,
    ),
    Reference(
        key="ribeiro_2011",
        text=(
            "Ribeiro et al. 2011: review of feedback in back pain; supports summaries after the "
            "set, not constant feedback during it."
        ),
        address="",
        status=Reading.READ,
    ),
    Reference(
        key="saraceni_2020",
        text=(
            "Saraceni et al. 2020, 'To flex or not to flex', systematic review: no difference of "
            "lumbar flexion in lifting that goes with back pain."
        ),
        address="PMID 31775556",
        status=Reading.READ,
    ),
)
"""All references, by key."""
