"""The decision table of a company that has not written its own, in the words of policy P3.4."""

from __future__ import annotations

from detect.findings.grading_rule import GradingRule
from detect.model import Category, Kind, Level, Text

__all__ = ["RULES"]

_STOPPED = (Kind.DIP, Kind.MISSING, Kind.INTERRUPTION, Kind.LEVEL_SHIFT)
_SURGE = (Kind.SPIKE, Kind.RATE, Kind.TOPIC_BURST, Kind.LEVEL_SHIFT)
_LOAD = (Kind.DOUBLE_LOAD, Kind.PARTIAL_LOAD, Kind.UNIT_ERROR, Kind.MISSING)

RULES = (
    GradingRule(
        id="given-major",
        name=Text(en="A critical expectation or a level 1 limit is broken", zh="違反關鍵規則或一級限值"),
        level=Level.MAJOR,
        severity=Level.MAJOR,
    ),
    GradingRule(
        id="huge-loss",
        name=Text(en="A huge loss", zh="造成巨大損失"),
        level=Level.MAJOR,
        stake_at_least=50_000,
        provisional=False,
    ),
    GradingRule(
        id="key-customer-lost",
        name=Text(en="A key customer is lost", zh="重要客戶流失"),
        level=Level.MAJOR,
        kinds=(Kind.KEY_ACCOUNT,),
        key_account=True,
        stake_at_least=5_000,
    ),
    GradingRule(
        id="business-stops",
        name=Text(en="Business stops: a key figure all but gone", zh="業務中斷：重要指標幾近歸零"),
        level=Level.MAJOR,
        kinds=_STOPPED,
        importance=("key",),
        share_of_company_at_least=0.9,
        provisional=False,
    ),
    GradingRule(
        id="given-larger",
        name=Text(en="A warning expectation or a level 2 limit is broken", zh="違反警告規則或二級限值"),
        level=Level.LARGER,
        severity=Level.LARGER,
    ),
    GradingRule(
        id="larger-loss",
        name=Text(en="A larger loss, felt in the short term", zh="影響短期業績的較大損失"),
        level=Level.LARGER,
        stake_at_least=5_000,
    ),
    GradingRule(
        id="several-days",
        name=Text(en="An important metric abnormal several days running", zh="重要指標連續多日異常"),
        level=Level.LARGER,
        importance=("key",),
        days_running_at_least=3,
    ),
    GradingRule(
        id="wide",
        name=Text(en="A large part of the company's figure", zh="波及公司總額的較大部分"),
        level=Level.LARGER,
        importance=("key",),
        share_of_company_at_least=0.3,
    ),
    GradingRule(
        id="widespread",
        name=Text(en="An important metric off together with related ones", zh="重要指標與多項相關指標同時異常"),
        level=Level.LARGER,
        importance=("key",),
        related_at_least=3,
    ),
    GradingRule(
        id="customers-surge",
        name=Text(en="Complaints, returns or cancellations up sharply", zh="投訴、退貨或取消訂單明顯增加"),
        level=Level.LARGER,
        categories=(Category.CUSTOMER,),
        kinds=_SURGE,
        relative_change_at_least=1.0,
        days_running_at_least=2,
    ),
    GradingRule(
        id="key-customer-silent",
        name=Text(en="A key customer falls silent", zh="重要客戶停止往來"),
        level=Level.LARGER,
        kinds=(Kind.KEY_ACCOUNT,),
        key_account=True,
    ),
    GradingRule(
        id="load-fault",
        name=Text(en="The data of an important metric are wrong or incomplete", zh="重要指標的數據錯誤或不完整"),
        level=Level.LARGER,
        kinds=_LOAD,
        importance=("key",),
    ),
    GradingRule(
        id="audit-sign",
        name=Text(en="A sign for audit to review", zh="供審計覆核的跡象"),
        level=Level.LARGER,
        kinds=(Kind.AUDIT_SIGN,),
    ),
)
