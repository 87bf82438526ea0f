#!/usr/bin/env python3
"""Golden values for core/audio: what librosa, soxr and soundfile make of generated signals.

usage: python3 tools/golden_audio.py      with librosa, soxr, soundfile and numpy; writes test/golden/audio.json
       python3 tools/golden_audio.py --fixtures      also writes the compressed files under test/fixtures/audio/ anew
Signals are built from whole numbers, so that test/audio/signals.ts builds the very same ones. Arrays are base64 of little-endian
single precision.
"""
import base64
import io
import json
import struct
import sys
from pathlib import Path

import librosa
import numpy as np
import soundfile
import soxr

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "test" / "fixtures" / "audio"

RATES = [8000, 11025, 16000, 24000, 24414, 32000, 44100, 48000, 96000, 192000]
RARE_RATES = [1000, 4000, 7350, 14700, 22051, 29400, 37800, 66150, 88200]
SHORT_LENGTHS = [1, 2, 5, 17]
CHANNEL_COUNTS = [2, 3, 5, 7, 8, 9, 12, 16, 17]


def noise(length, seed=1):
    """Whole numbers from -32768 to 32767 by a linear congruential generator."""
    values, state = [], seed
    for _ in range(length):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append((state >> 16) - 32768)
    return np.array(values, dtype=np.int64)


def test_signal(length):
    """A chirp, noise, silence with a click, and an overdriven sine, a quarter each, as 16-bit numbers."""
    quarter = length // 4
    time = np.arange(quarter)
    chirp = np.floor(12000 * np.sin(np.pi * 0.4 * time**2 / quarter) + 0.5)
    click = np.where(time == quarter // 2, 32767, 0)
    overdriven = np.clip(np.floor(60000 * np.sin(0.05 * time) + 0.5), -32768, 32767)
    parts = [chirp, noise(quarter) // 8, click, overdriven, np.zeros(length - 4 * quarter)]
    return np.concatenate(parts).astype(np.int16)


def packed(values):
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()


def as_float(samples):
    return samples.astype(np.float32) / np.float32(32768)


def resampled(length, from_rate, to_rate):
    values = librosa.resample(as_float(test_signal(length)), orig_sr=from_rate, target_sr=to_rate, res_type="soxr_hq")
    return {"length": length, "from": from_rate, "to": to_rate, "values": packed(values)}


def resampling_cases():
    for rate in RATES:
        yield resampled(rate // 10, rate, 22050)
    for rate in RARE_RATES:
        yield resampled(max(100, rate // 100), rate, 22050)
    for rate in (16000, 24414, 44100, 48000):
        for length in SHORT_LENGTHS:
            yield resampled(length, rate, 22050)
    yield resampled(2205, 2, 1)


def mix_down_cases():
    for count in CHANNEL_COUNTS:
        frames = noise(64 * count, seed=count).reshape(64, count)
        yield {"channels": count, "values": packed(librosa.to_mono(as_float(frames).T))}


def wav_bytes(channels, rate):
    """A plain 16-bit WAV file."""
    data = np.stack(channels, axis=1).astype("<i2").tobytes()
    width = 2 * len(channels)
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, len(channels), rate,
                         rate * width, width, 16, b"data", len(data))
    return header + data


def load_case():
    """Two channels, of which librosa reads only the beginning."""
    left, right = test_signal(6000), test_signal(6000)[::-1]
    samples, _ = librosa.load(io.BytesIO(wav_bytes([left, right], 48000)), sr=22050, duration=0.1)
    return {"length": 6000, "rate": 48000, "seconds": 0.1, "values": packed(samples)}


def companding_case(subtype):
    """The linear value of each of the 256 codes, as 16-bit numbers."""
    body = bytes(range(256))
    tag = {"ALAW": 6, "ULAW": 7}[subtype]
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + 256, b"WAVE", b"fmt ", 16, tag, 1, 8000, 8000, 1, 8,
                         b"data", 256)
    samples, _ = soundfile.read(io.BytesIO(header + body), dtype="int16")
    return samples.tolist()


FIXTURE_FORMATS = {
    "mono16.flac": ("FLAC", "PCM_16", 22050, 1),
    "stereo24.flac": ("FLAC", "PCM_24", 44100, 2),
    "mono.mp3": ("MP3", "MPEG_LAYER_III", 44100, 1),
    "stereo.mp3": ("MP3", "MPEG_LAYER_III", 48000, 2),
    "low.mp3": ("MP3", "MPEG_LAYER_III", 16000, 1),
    "mono.vorbis.ogg": ("OGG", "VORBIS", 44100, 1),
    "stereo.vorbis.ogg": ("OGG", "VORBIS", 22050, 2),
    "mono.opus.ogg": ("OGG", "OPUS", 48000, 1),
    "low.opus.ogg": ("OGG", "OPUS", 16000, 1),
    "stereo.opus.ogg": ("OGG", "OPUS", 48000, 2),
}


def write_fixtures():
    """Half a second or less of tones; synthetic, a few KB each."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for name, (container, subtype, rate, channels) in FIXTURE_FORMATS.items():
        length = rate // 4
        time = np.arange(length) / rate
        tones = [0.4 * np.sin(2 * np.pi * 440 * (channel + 1) * time) * np.hanning(length) for channel in range(channels)]
        soundfile.write(FIXTURES / name, np.stack(tones, axis=1), rate, format=container, subtype=subtype)


def fixture_case(name):
    """Every 20th frame of each channel, as soundfile reads it."""
    samples, rate = soundfile.read(FIXTURES / name, dtype="float32", always_2d=True)
    sampled = [packed(channel[::20]) for channel in samples.T]
    return {"file": name, "sampleRate": rate, "frames": len(samples), "everyTwentieth": sampled}


if __name__ == "__main__":
    if "--fixtures" in sys.argv[1:]:
        write_fixtures()
    golden = {
        "versions": {
            "librosa": librosa.__version__,
            "soxr": soxr.__version__,
            "soundfile": soundfile.__version__,
            "libsndfile": soundfile.__libsndfile_version__,
            "numpy": np.__version__,
        },
        "resampled": list(resampling_cases()),
        "mixedDown": list(mix_down_cases()),
        "loaded": load_case(),
        "companding": {"alaw": companding_case("ALAW"), "ulaw": companding_case("ULAW")},
        "fixtures": [fixture_case(name) for name in FIXTURE_FORMATS],
    }
    (ROOT / "test" / "golden" / "audio.json").write_text(json.dumps(golden, indent=1) + "\n")
