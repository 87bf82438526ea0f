#!/usr/bin/env python3
"""Golden values of the feature set librosa195: librosa's vectors and intermediate arrays for generated signals.

usage: golden_features.py OUT.json     needs librosa 0.11.0, soxr, numpy, scipy; test/golden/features.json is its output

The signals are whole multiples of 2^-15 (times a power of two), made here and in test/features/signals.ts by the same
formulas; a checksum of each tells the two apart should they ever differ.
"""

import json
import sys
import warnings

import librosa
import numpy as np
import scipy
import soxr
from librosa.core import constantq

warnings.filterwarnings("ignore")

RATE = 22050
FULL_SCALE = 32768


def noise(count):
    """White noise of a 32-bit linear congruential generator, as integers of 16 bits."""
    state, values = 1, np.empty(count)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values[i] = (state >> 16) - FULL_SCALE
    return values / FULL_SCALE


def tones(t):
    return 0.4 * np.sin(2 * np.pi * 444.4 * t) + 0.3 * np.sin(2 * np.pi * 1320 * t) + 0.2 * np.sin(2 * np.pi * 3000 * t)


def chirp(t):
    return 0.8 * np.sin(2 * np.pi * (100 * t + 7900 / 6 * t**2))


def speech(t):
    """Harmonics of a gliding voice under two formants, four syllables in three seconds, in a little noise."""
    phase = 2 * np.pi * 120 * t - 30 / 0.7 * (np.cos(2 * np.pi * 0.7 * t) - 1)
    voice = np.zeros(len(t))
    for h in range(1, 25):
        weight = np.exp(-(((h * 120 - 600) / 300) ** 2)) + 0.5 * np.exp(-(((h * 120 - 1700) / 400) ** 2)) + 0.1
        voice += weight * np.sin(h * phase) / h
    return 0.35 * voice * syllables(t) + 0.001 * noise(len(t))


def syllables(t):
    return np.maximum(0, np.sin(2 * np.pi * 1.3 * t))


def clicks(t):
    values = np.zeros(len(t))
    values[700::4000] = 0.9
    values[2700::4000] = -0.5
    return values


def pauses(t):
    """Speech with digital silence between the syllables."""
    return np.where(syllables(t) > 0, speech(t), 0)


def seconds(duration):
    return np.arange(round(duration * RATE)) / RATE


def samples(count):
    return np.arange(count) / RATE


SIGNALS = {
    "tones": (tones(seconds(1)), 1),
    "chirp": (chirp(seconds(3)), 1),
    "noise": (0.5 * noise(RATE), 1),
    "clicks": (clicks(seconds(1)), 1),
    "speech": (speech(seconds(3)), 1),
    "one second of speech": (speech(seconds(1)), 1),
    "pauses": (pauses(seconds(2)), 1),
    "four seconds": (speech(seconds(4)), 1),
    "quiet": (speech(seconds(1)), 2.0**-20),
    "clipped": (np.clip(4 * tones(seconds(1)), -1, 1), 1),
    "direct current": (0.25 + 0 * seconds(1), 1),
    "one sample": (np.array([0.5]), 1),
    "300 samples": (tones(samples(300)), 1),
    "512 samples": (tones(samples(512)), 1),
    "2,049 samples": (tones(samples(2049)), 1),
}


def quantised(values, gain):
    steps = np.clip(np.floor(values * (FULL_SCALE - 1) + 0.5), -FULL_SCALE, FULL_SCALE - 1).astype(int)
    checksum = int(np.sum(steps * (np.arange(len(steps)) % 251 + 1)))
    return (steps / FULL_SCALE * gain).astype(np.float32)[: 3 * RATE], checksum


def vector(y):
    feature = librosa.feature
    groups = [
        feature.mfcc(y=y, sr=RATE, n_mfcc=40),
        feature.chroma_stft(y=y, sr=RATE),
        feature.melspectrogram(y=y, sr=RATE),
        feature.spectral_contrast(y=y, sr=RATE),
        feature.tonnetz(y=y, sr=RATE),
        feature.zero_crossing_rate(y),
        feature.spectral_rolloff(y=y, sr=RATE),
    ]
    return np.hstack([np.mean(group.T, axis=0) for group in groups])


def rounded(values):
    """Nested lists with nine significant digits, enough for single precision."""
    values = np.asarray(values)
    if values.ndim == 0:
        return float(f"{float(values):.9g}")
    return [rounded(value) for value in values]


def votes(spectrum, bins_per_octave):
    """What `librosa.pitch_tuning` counts before it takes the fullest class."""
    pitch, height = librosa.piptrack(S=spectrum, sr=RATE, n_fft=2048)
    found = pitch > 0
    threshold = np.median(height[found]) if found.any() else 0
    residual = np.mod(bins_per_octave * librosa.hz_to_octs(pitch[(height >= threshold) & found]), 1.0)
    residual[residual >= 0.5] -= 1
    counts, _ = np.histogram(residual, np.linspace(-0.5, 0.5, 101))
    return {"peaks": int(found.sum()), "votes": counts.tolist()}


def sparse(row):
    """First bin and weights of a row, up to its last weight."""
    where = np.flatnonzero(row)
    return {"firstBin": int(where[0]), "weights": row[where[0] : where[-1] + 1]}


def mel_rows():
    return [{**(r := sparse(row)), "weights": rounded(r["weights"])} for row in librosa.filters.mel(sr=RATE, n_fft=2048)]


def constant_q_rows(tuning):
    """The top octave's filters, with the scale that `librosa.vqt` applies to their responses."""
    freqs = librosa.note_to_hz("C1") * 2 ** ((tuning + np.arange(252)) / 36)
    alpha = librosa.filters._relative_bandwidth(freqs=freqs)[-36:]
    build = vars(constantq)["__vqt_filter_fft"]
    basis, _, lengths = build(RATE, freqs[-36:], 1, 1, 0.01, window="hann", gamma=0, dtype=np.complex64, alpha=alpha)
    scaled = basis.toarray() / np.sqrt(lengths)[:, np.newaxis]
    rows = [sparse(row) for row in scaled]
    return [
        {"firstBin": row["firstBin"], "re": rounded(row["weights"].real), "im": rounded(row["weights"].imag)}
        for row in rows
    ]


def steps(y):
    """Intermediate arrays, frames first."""
    magnitude = np.abs(librosa.stft(y))
    power = magnitude**2
    mel = librosa.feature.melspectrogram(S=power, sr=RATE)
    constant_q = np.abs(librosa.cqt(y, sr=RATE, n_bins=252, bins_per_octave=36, tuning=None))
    frames = [0, 9, 20, magnitude.shape[1] - 1]
    return {
        "frames": frames,
        "magnitude": rounded(magnitude.T[frames]),
        "mel": rounded(mel.T[frames]),
        "mfcc": rounded(librosa.feature.mfcc(y=y, sr=RATE, n_mfcc=40).T),
        "contrast": rounded(librosa.feature.spectral_contrast(S=magnitude, sr=RATE).T),
        "rolloff": rounded(librosa.feature.spectral_rolloff(S=magnitude, sr=RATE)[0]),
        "crossings": rounded(librosa.feature.zero_crossing_rate(y)[0] * 2048),
        "semitones": votes(power, 12),
        "thirds": votes(magnitude, 36),
        "chroma": rounded(librosa.feature.chroma_stft(S=power, sr=RATE).T),
        "constantQ": rounded(constant_q.T[frames]),
        "constantQChroma": rounded(librosa.feature.chroma_cqt(y=y, sr=RATE).T),
        "tonnetz": rounded(librosa.feature.tonnetz(y=y, sr=RATE).T),
    }


def main():
    signals = {}
    for name, (values, gain) in SIGNALS.items():
        y, checksum = quantised(values, gain)
        signals[name] = {"checksum": checksum, "vector": rounded(vector(y))}
    tunings = [-0.5, -0.37, 0.0, 0.49]
    golden = {
        "versions": {m.__name__: m.__version__ for m in (librosa, soxr, np, scipy)},
        "signals": signals,
        "steps": steps(quantised(*SIGNALS["one second of speech"])[0]),
        "banks": {
            "mel": mel_rows(),
            "dct": rounded(scipy.fft.dct(np.eye(128), axis=-2, type=2, norm="ortho")[[0, 1, 7, 39]]),
            "chroma": [
                {"tuning": t, "everyTenthBin": rounded(librosa.filters.chroma(sr=RATE, n_fft=2048, tuning=t).T[::10])}
                for t in tunings
            ],
            "constantQ": [{"tuning": t, "rows": constant_q_rows(t)} for t in tunings],
        },
    }
    with open(sys.argv[1], "w") as out:
        json.dump(golden, out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
