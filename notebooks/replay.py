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
as_of = ""  # the last business day, such as "2011-12-09"; "" is the last night in the store
language = ""  # en or zh; "" is the company's
metric = ""  # a metric's id; "" is the first key metric
settings = []  # what to change, as for `detect replay --set`: ["minimum=5000", "direction=down"]
days = 365  # how many nights
interactive = True  # charts that answer to the mouse, tables that sort; the archive's page is still

# %%
from datetime import UTC, datetime

from detect.pipeline.replay_pages import ReplayReview

review = ReplayReview(
    folder, metric, as_of, language, datetime.now(UTC), settings=settings, days=days, interactive=interactive
)
review.start()

# %%
review.summary()

# %%
review.chart()

# %%
review.told()

# %%
review.missed()
