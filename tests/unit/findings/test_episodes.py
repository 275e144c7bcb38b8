"""The episodes that channels tell together are counted, not guessed."""

import numpy as np

from detect.findings.episodes import USUAL_RATE, episode_rate, joint_score


def test_channels_that_say_the_same_make_one_episode_of_two_alarms() -> None:
    """Two identical channels tell half as many episodes per p as two that are strangers; plain departures are not counted."""
    rng = np.random.default_rng(7)
    p, other = rng.uniform(0, 1, (2, 40, 1000))
    half, judged = np.full(40, 0.5), np.ones((40, 1000), bool)

    def rate(*channels: np.ndarray) -> float:
        score = joint_score([(channel, half) for channel in channels])
        assert score is not None
        return episode_rate(score, judged)

    strangers, twins = rate(p, other), rate(p, p)
    assert 0.85 < strangers < 1.15
    assert 0.4 < twins / strangers < 0.6
    p[:, ::50] = 1e-9
    assert abs(rate(p, p) - twins) < 0.08


def test_nothing_counted_leaves_the_usual_rate() -> None:
    """Without a judged day there is only what is believed beforehand."""
    assert episode_rate(np.ones((3, 10)), np.zeros((3, 10), bool)) == USUAL_RATE
