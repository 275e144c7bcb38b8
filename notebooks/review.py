# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["parameters"]
folder = ""  # a company's folder; "" is the nearest one, or the demo that was played in this working copy
as_of = ""  # the business day, such as "2011-12-09"; "" is the last night in the store
language = ""  # en or zh; "" is the company's

# %%
from datetime import UTC, datetime

from detect.pipeline.reviewing import Review
from detect.render.notebook import style

review = Review(folder, as_of, language, datetime.now(UTC))
style()

# %%
review.summary()

# %%
review.cases()

# %% [markdown] tags=["note"]
# **Your verdict.** `true`, `expected`, `false` or `new_normal`; the nights that follow learn from it. Without `write=True` you see what would happen
# and nothing is written.
#
# ```python
# review.verdict(["2011-12-09-largest_line-0466"], "true", cause="entry_error", note="typed a digit too many", actor="anna")
# ```
#
# **Many at once** that are one expected event: the preview says what the event would have silenced, had it been known.
#
# ```python
# review.known_event(["2011-12-09-units-85e1"], "winter_sale", en="Winter sale", zh="冬季促銷", actor="anna")
# ```
