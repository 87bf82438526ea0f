"""A small model of the original's kind in Keras, what it answers, and the bundle that keras_to_bundle.py makes of it.

usage: python3 tools/golden_keras_bundle.py [FOLDER]        (default: test/golden)
needs: tensorflow 2.16 or newer, scikit-learn, numpy

Writes keras-bundle/ and keras-bundle.json: rows of features and Keras's probabilities. Into another FOLDER than the
default it also writes the same model as model.keras, model.h5, scaler.pkl and labels.pkl, and what must be refused.
"""

import json
import os
import pathlib
import pickle
import shutil
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, StandardScaler

import keras_to_bundle

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "test" / "golden"
EMOTIONS = ["neutral", "sad", "angry", "surprise", "calm", "happy", "disgust", "fear"]
layers = keras.layers


def network(inputs=195, units=(12, 10, 6), outputs=8):
    """Dense, Dropout and BatchNormalization as the original stacks them, with statistics as training leaves them."""
    model = keras.Sequential([layers.Input((inputs,))])
    for width in units:
        model.add(layers.Dense(width, activation="relu"))
        model.add(layers.Dropout(0.3))
        model.add(layers.BatchNormalization())
    model.add(layers.Dense(outputs, activation="softmax"))
    random = np.random.default_rng(5)
    for layer in model.layers:
        values = [random.normal(0, 0.4, weight.shape) for weight in layer.get_weights()]
        if isinstance(layer, layers.BatchNormalization):
            values[0], values[3] = 1 + values[0], 0.5 + np.abs(values[3])
        layer.set_weights(values)
    return model


def with_a_jump():
    """Known layers alone, but one of them is fed twice."""
    features = layers.Input((195,))
    square = layers.Dense(195, activation="relu")
    return keras.Model(features, layers.Dense(8, activation="softmax")(square(square(features))))


def dump(path, content):
    path.write_bytes(pickle.dumps(content))


def write_refused(folder, features):
    """Inputs that must be refused; the test knows the words that say why."""
    def stack(*middle, inputs=(195,)):
        return keras.Sequential([layers.Input(inputs), *middle, layers.Dense(8, activation="softmax")])

    refused = {
        "lstm": stack(layers.LSTM(4), inputs=(195, 1)),
        "sigmoid": stack(layers.Dense(4, activation="sigmoid")),
        "twice": stack(layers.Dense(4), layers.BatchNormalization(), layers.BatchNormalization()),
        "first": stack(layers.BatchNormalization()),
        "open": keras.Sequential([layers.Input((195,)), layers.Dense(8)]),
        "jump": with_a_jump(),
        "narrow": network(180),
    }
    for name, model in refused.items():
        model.save(folder / f"{name}.keras")
    dump(folder / "scaler180.pkl", StandardScaler().fit(features[:, :180]))
    dump(folder / "minmax.pkl", MinMaxScaler().fit(features))
    dump(folder / "labels7.pkl", LabelEncoder().fit(EMOTIONS[:7]))
    dump(folder / "numbers.pkl", list(range(8)))
    (folder / "words.keras").write_text("no model")


def main(folder):
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(7)
    features = random.normal(0, 1, (200, 195)) * np.logspace(-2, 3, 195) + np.linspace(-600, 2000, 195)
    scaler, encoder, model = StandardScaler().fit(features), LabelEncoder().fit(EMOTIONS), network()

    inputs = folder / "keras-inputs"
    shutil.rmtree(inputs, ignore_errors=True)
    shutil.rmtree(folder / "keras-bundle", ignore_errors=True)
    inputs.mkdir(parents=True)
    model.save(inputs / "model.keras")
    model.save(inputs / "model.h5")
    dump(inputs / "scaler.pkl", scaler)
    dump(inputs / "labels.pkl", encoder)
    dump(inputs / "list.pkl", list(encoder.classes_))
    given = [str(inputs / name) for name in ("model.keras", "scaler.pkl", "labels.pkl")]
    print(keras_to_bundle.convert(*given, str(folder / "keras-bundle")))

    rows = features[:12]
    answers = model.predict(scaler.transform(rows), verbose=0)
    versions = {"keras": keras.__version__, "numpy": np.__version__}
    golden = {"versions": versions, "rows": rows.tolist(), "answers": answers.tolist()}
    (folder / "keras-bundle.json").write_text(json.dumps(golden) + "\n")
    if folder == GOLDEN:
        shutil.rmtree(inputs)
    else:
        write_refused(inputs, features)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else GOLDEN)
