"""Reads paths of recordings from stdin and answers each with the seconds that librosa and Keras took for its probabilities.

The arguments are the widths of the hidden layers; the weights are random, which changes nothing about the time.
"""

import os
import sys
import time
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
warnings.filterwarnings("ignore")

import keras
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


hidden = [
    layer
    for units in map(int, sys.argv[1:])
    for layer in (keras.layers.Dense(units, activation="relu"), keras.layers.BatchNormalization())
]
model = keras.Sequential([keras.Input((195,)), *hidden, keras.layers.Dense(8, activation="softmax")])

for line in sys.stdin:
    started = time.perf_counter()
    model(features(line.rstrip("\n"))[np.newaxis], training=False).numpy()
    print(time.perf_counter() - started, flush=True)
