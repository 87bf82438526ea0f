"""Seconds of each epoch of the original network in Keras: `python3 keras_epoch.py ROWS EPOCHS THREADS`, as JSON."""
import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf

rows, epochs, threads = (int(argument) for argument in sys.argv[1:4])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)
keras.utils.set_random_seed(0)
layers = [keras.Input((195,))]
for units, rate in ((512, 0.3), (256, 0.3), (128, 0.3), (64, 0.2)):
    layers += [keras.layers.Dense(units, activation="relu"), keras.layers.Dropout(rate), keras.layers.BatchNormalization()]
model = keras.Sequential(layers + [keras.layers.Dense(8, activation="softmax")])
model.compile(keras.optimizers.Adam(0.001), loss="categorical_crossentropy", metrics=["accuracy"])
random = np.random.RandomState(0)
features = random.randn(rows, 195).astype(np.float32)
targets = keras.utils.to_categorical(random.randint(0, 8, rows), 8)


class Clock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.start)


clock = Clock()
model.fit(features, targets, epochs=epochs, batch_size=32, callbacks=[clock], verbose=0)
print(json.dumps(clock.seconds))
