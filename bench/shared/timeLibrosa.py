"""Reads paths of recordings from stdin and answers each with the seconds of processor time that librosa took for the 195 features of it."""

import os
import sys
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"
warnings.filterwarnings("ignore")

import librosa
import numpy as np


def features(path):
    y, sr = librosa.load(path, sr=22050, duration=3)
    feature = librosa.feature
    groups = [
        feature.mfcc(y=y, sr=sr, n_mfcc=40),
        feature.chroma_stft(y=y, sr=sr),
        feature.melspectrogram(y=y, sr=sr),
        feature.spectral_contrast(y=y, sr=sr),
        feature.tonnetz(y=y, sr=sr),
        feature.zero_crossing_rate(y),
        feature.spectral_rolloff(y=y, sr=sr),
    ]
    return np.hstack([np.mean(group.T, axis=0) for group in groups])


for line in sys.stdin:
    started = time.process_time()
    features(line.rstrip("\n"))
    print(time.process_time() - started, flush=True)
