"""What a text of a customer is about, in English or Chinese, without any network.

The company's words decide where they are found; a linear model over the characters of the examples (TF-IDF of 1- to 4-grams inside words,
logistic regression) decides between several topics, and speaks for texts that hold none of the words as far as it is sure. Simplified
and traditional characters are read as the same. On the labelled sample under tests/data each of the two alone does worse than both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.checks.topics_settings import OTHER, FeedbackSettings

__all__ = ["Classifier", "normal"]

_TRADITIONAL = (
    "貨遲遞運訂單壞質價錢貴漲帳賬發費務態電話掛復網頁錄碼閃應購車載結賠償師訴體開滿點讚評薦謝歡換損縫線斷異錯寫別與樣實際沒來"
    "說現東樓給買賣員聽門鈴誤敗轉顏藍綠紅聯絡號麼嗎為後會還過這個們時間並無將從對請問題處關閉證驗驟顯簽護額稅優繳兩雙張組經產"
    "機圖離裝飾廠試長專業級總條軟銀補認識資訊節慶禮讓進邊遠選擇親愛極雖難聞週歲萬億幣灣臺壓縮綁輕響導熱樂劑麗據報傳輸記憶頻徵"
    "繫鬧啟動"
)
_SIMPLIFIED = (
    "货迟递运订单坏质价钱贵涨帐账发费务态电话挂复网页录码闪应购车载结赔偿师诉体开满点赞评荐谢欢换损缝线断异错写别与样实际没来"
    "说现东楼给买卖员听门铃误败转颜蓝绿红联络号么吗为后会还过这个们时间并无将从对请问题处关闭证验骤显签护额税优缴两双张组经产"
    "机图离装饰厂试长专业级总条软银补认识资讯节庆礼让进边远选择亲爱极虽难闻周岁万亿币湾台压缩绑轻响导热乐剂丽据报传输记忆频征"
    "系闹启动"
)
_TABLE = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_WORD_WEIGHT = 1.5  # what one of the company's words counts for, in log-odds
_SURE = 0.25  # the model's probability below which a text without any of the words is about something else
_MASKED = re.compile(r"\[(?:email|phone|number|account|id)\]")
_LATIN = re.compile(r"[a-z0-9]")


def normal(text: str) -> str:
    """Write a text in one way: without what stands in the place of what was masked, ordinary width, lower case, simplified."""
    plain = unicodedata.normalize("NFKC", _MASKED.sub(" ", text)).lower()
    return " ".join(plain.translate(_TABLE).split())


class Classifier:
    """Sorts texts into the topics of the settings; learns from their words and examples, always in the same way."""

    def __init__(self, settings: FeedbackSettings) -> None:
        """Prepare the words and fit the model; takes about a tenth of a second beside the import of scikit-learn."""
        self.topics = tuple(topic.id for topic in settings.topics)
        self._words = [[_pattern(normal(word)) for word in topic.words] for topic in settings.topics]
        texts = [
            (normal(text), k) for k, topic in enumerate(settings.topics) for text in (*topic.examples, *topic.words)
        ]
        self._model = _fit(texts) if len({k for _, k in texts}) > 1 else None

    def classify(self, texts: Sequence[str]) -> list[str]:
        """Return the topic of each text, `other` where none fits."""
        if not texts or not self.topics:
            return [OTHER] * len(texts)
        said = [normal(text) for text in texts]
        found, likely = self.words(said), self.likely(said)
        best = np.argmax(np.log(np.maximum(likely, 1e-9)) + _WORD_WEIGHT * found, axis=1)
        sure = found.any(axis=1) | (likely.max(axis=1) >= _SURE)
        return [self.topics[k] if ok else OTHER for k, ok in zip(best, sure, strict=True)]

    def words(self, said: Sequence[str]) -> NDArray[np.float64]:
        """Count the different words of each topic in normal texts, (texts, topics)."""
        return np.array([[sum(bool(p.search(text)) for p in words) for words in self._words] for text in said], float)

    def likely(self, said: Sequence[str]) -> NDArray[np.float64]:
        """Return the model's probability of each topic, (texts, topics); the same for all where there is nothing to learn from."""
        out = np.full((len(said), len(self.topics)), 1 / max(len(self.topics), 1))
        if self._model is None:
            return out
        vectors, model = self._model
        out[:] = 0.0
        out[:, model.classes_] = model.predict_proba(vectors.transform(said))
        return out


def _pattern(word: str) -> re.Pattern[str]:
    """Find a Latin word from its beginning on, a Chinese one anywhere."""
    return re.compile((r"(?<![a-z0-9])" if _LATIN.match(word) else "") + re.escape(word))


def _fit(texts: Sequence[tuple[str, int]]) -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
    model = LogisticRegression(C=20.0, class_weight="balanced", max_iter=1000)
    model.fit(vectors.fit_transform([text for text, _ in texts]), [topic for _, topic in texts])
    return vectors, model
