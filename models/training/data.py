"""The exported transactions, and the windows of time that training, validation and test take of them."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np

COLUMNS = [
    "amount", "isWeekend", "hourOfDay",
    "customerCount1d", "customerMeanAmount1d", "customerCount7d", "customerMeanAmount7d",
    "customerCount30d", "customerMeanAmount30d",
    "terminalCount1d", "terminalRisk1d", "terminalCount7d", "terminalRisk7d", "terminalCount30d", "terminalRisk30d",
]

# Days. The first 37 have no full history; between the windows lie the 7 days after which a fraud is known.
TRAIN, VALIDATION, TEST = (40, 95), (102, 121), (128, 150)


@dataclass
class Data:
    x: np.ndarray         # float32 [rows, 15]
    scenario: np.ndarray  # 0: legitimate
    day: np.ndarray
    customer: np.ndarray

    @property
    def y(self):
        return (self.scenario > 0).astype(np.int32)

    def window(self, days):
        rows = np.flatnonzero((self.day >= days[0]) & (self.day < days[1]))
        return rows, Data(self.x[rows], self.scenario[rows], self.day[rows], self.customer[rows])


def load(folder):
    f = Path(folder)
    return Data(
        np.fromfile(f / "features.f32", np.float32).reshape(-1, len(COLUMNS)),
        np.fromfile(f / "scenario.u8", np.uint8),
        np.fromfile(f / "day.i32", np.int32),
        np.fromfile(f / "customer.i32", np.int32),
    )
