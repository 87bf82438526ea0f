#!/usr/bin/env python3
"""Makes a bundle of a Keras model, so that `ser predict --model OUT` serves it.

    python tools/keras_to_bundle.py MODEL.keras SCALER.pkl LABELS.pkl OUT

MODEL.keras (or .h5): Dense, Dropout and BatchNormalization layers one after another, a softmax at the end, trained on
the features of `librosa195`. SCALER.pkl: scikit-learn's StandardScaler. LABELS.pkl: its LabelEncoder, or a list of the
labels in the order of the model's outputs (a .json file with a list will do). Runs with the Python in which the model
was trained: it takes keras (tf_keras for a .keras file of Keras 2, where Keras is newer), numpy and what the pickles hold. A
pickle may run code when it is read: take none from strangers.
"""

import argparse
import importlib
import json
import os
import pickle
import sys

import numpy as np

FEATURE_SET = {"name": "librosa195", "version": 1}
GROUPS = [("mfcc", 40), ("chroma", 12), ("mel", 128), ("contrast", 7), ("tonnetz", 6)]
COLUMNS = [f"{group}_{i}" for group, count in GROUPS for i in range(count)] + ["zcr", "rolloff"]
ACTIVATIONS = ("relu", "linear", "softmax")


class Refusal(Exception):
    """What is wrong with an input, by name."""


def first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def load_keras(path):
    """A model, and what loaded it: Keras, or the Keras 2 that newer versions leave in a package of its own."""
    if not os.path.exists(path):
        raise Refusal(f"{path}: there is no such file")
    problems = []
    for name in ("keras", "tf_keras"):
        try:
            keras = importlib.import_module(name)
            return keras.models.load_model(path, compile=False), f"{name} {keras.__version__}"
        except Exception as error:
            problems.append(f"{name}: {first_line(error)}")
    raise Refusal(f"{path}: Keras can't load it ({'; '.join(problems)})")


def load_pickle(path):
    try:
        if path.endswith(".json"):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        try:
            import joblib  # also reads what pickle wrote

            return joblib.load(path)
        except ImportError:
            with open(path, "rb") as file:
                return pickle.load(file)
    except Exception as error:
        raise Refusal(f"{path}: can't be read: {first_line(error)}") from error


def read_scaler(path):
    """Mean and scale of every column, as StandardScaler applies them."""
    scaler = load_pickle(path)
    if type(scaler).__name__ != "StandardScaler":
        raise Refusal(f"{path}: holds a {type(scaler).__name__}; StandardScaler is known")
    if not hasattr(scaler, "n_features_in_"):
        raise Refusal(f"{path}: the scaler was never fitted")
    count = int(scaler.n_features_in_)
    mean = scaler.mean_ if scaler.with_mean else np.zeros(count)
    scale = scaler.scale_ if scaler.with_std else np.ones(count)
    if not (np.isfinite(mean).all() and np.isfinite(scale).all() and (scale > 0).all()):
        raise Refusal(f"{path}: holds values that are not finite, or a scale that is not above 0")
    return np.asarray(mean, np.float64), np.asarray(scale, np.float64)


def read_labels(path):
    """The labels in the order of the model's outputs, spelt as they are."""
    labels = load_pickle(path)
    if type(labels).__name__ == "LabelEncoder":
        if not hasattr(labels, "classes_"):
            raise Refusal(f"{path}: the encoder was never fitted")
        labels = labels.classes_
    if not isinstance(labels, (list, tuple, np.ndarray)):
        raise Refusal(f"{path}: holds a {type(labels).__name__}; a LabelEncoder or a list of labels is known")
    labels = [label.item() if isinstance(label, np.generic) else label for label in labels]
    for label in labels:
        if not isinstance(label, str) or not label:
            raise Refusal(f"{path}: label {label!r} is not a word")
    if len(set(labels)) < len(labels):
        raise Refusal(f"{path}: a label occurs twice")
    return labels


def layer_kind(layer):
    return type(layer).__name__


def read_layers(model, path):
    """The layers as (kind, Keras layer), in their order. What may stand where is checked here."""
    layers = [layer for layer in model.layers if layer_kind(layer) != "InputLayer"]
    before = None
    for layer in layers:
        kind = layer_kind(layer)
        where = f"{path}: layer {layer.name}"
        if kind not in ("Dense", "Dropout", "BatchNormalization"):
            raise Refusal(f"{where} is {kind}; Dense, Dropout and BatchNormalization are known")
        if kind == "Dense" and activation_of(layer) not in ACTIVATIONS:
            raise Refusal(f"{where} has activation {activation_of(layer)}; {', '.join(ACTIVATIONS)} are known")
        if kind == "BatchNormalization" and (before is None or layer_kind(before) != "Dense"):
            raise Refusal(f"{where} (BatchNormalization) does not follow a Dense layer")
        if kind == "BatchNormalization" and activation_of(before) == "softmax":
            raise Refusal(f"{where} (BatchNormalization) follows a softmax")
        if kind != "Dropout":
            before = layer
    dense = [layer for layer in layers if layer_kind(layer) == "Dense"]
    if not dense or before is not dense[-1] or activation_of(dense[-1]) != "softmax":
        raise Refusal(f"{path}: the last layer is not a Dense with softmax")
    for layer in dense[:-1]:
        if activation_of(layer) == "softmax":
            raise Refusal(f"{path}: layer {layer.name} is a softmax, but not the last layer")
    return layers


def activation_of(layer):
    return getattr(layer.activation, "__name__", str(layer.activation))


def named_weights(layer):
    """(name, values) of what a layer learnt, in the order in which Keras keeps it."""
    if layer_kind(layer) == "Dense":
        names = ["kernel"] + (["bias"] if layer.use_bias else [])
    elif layer_kind(layer) == "BatchNormalization":
        names = (["gamma"] if layer.scale else []) + (["beta"] if layer.center else [])
        names += ["moving_mean", "moving_variance"]
    else:
        return []
    return list(zip(names, (np.asarray(values, np.float32) for values in layer.get_weights()), strict=True))


def layer_config(layer, inputs):
    """A layer as TensorFlow.js describes it."""
    kind = layer_kind(layer)
    config = {"name": layer.name, "trainable": True, "dtype": "float32"}
    if kind == "Dense":
        config |= {"units": int(layer.units), "activation": activation_of(layer), "use_bias": bool(layer.use_bias)}
    elif kind == "Dropout":
        config |= {"rate": float(layer.rate)}
    else:
        config |= {"axis": -1, "momentum": float(layer.momentum), "epsilon": float(layer.epsilon)}
        config |= {"center": bool(layer.center), "scale": bool(layer.scale)}
    if inputs is not None:
        config["batch_input_shape"] = [None, inputs]
    return {"class_name": kind, "config": config}


def model_files(layers, inputs):
    """model.json and weights.bin: a LayersModel of TensorFlow.js."""
    weights = [(f"{layer.name}/{name}", values) for layer in layers for name, values in named_weights(layer)]
    configs = [layer_config(layer, inputs if index == 0 else None) for index, layer in enumerate(layers)]
    model = {
        "format": "layers-model",
        "generatedBy": "ser",
        "convertedBy": None,
        "modelTopology": {
            "class_name": "Sequential",
            "config": {"name": "sequential_1", "layers": configs},
            "keras_version": "tfjs-layers 4.22.0",
            "backend": "tensor_flow.js",
        },
        "weightsManifest": [
            {
                "paths": ["weights.bin"],
                "weights": [
                    {"name": name, "shape": list(values.shape), "dtype": "float32"} for name, values in weights
                ],
            }
        ],
    }
    return model, b"".join(values.astype("<f4").tobytes() for _, values in weights)


def metadata_of(layers, labels, producer):
    """What is known of a model that was trained elsewhere: its layers and labels."""
    hidden = []
    for layer in layers:
        if layer_kind(layer) == "Dense":
            hidden.append({"units": int(layer.units), "dropout": 0})
        elif layer_kind(layer) == "Dropout" and hidden:
            hidden[-1]["dropout"] = float(layer.rate)
    return {
        "format": 1,
        "featureSet": FEATURE_SET | {"columns": COLUMNS},
        "labels": labels,
        "parameters": {"layers": hidden[:-1]},
        "backend": producer,
        "trainedOn": {"corpora": [], "utterances": {"train": 0, "validation": 0, "test": 0}, "synthetic": False},
        "bestEpoch": 0,
        "history": [],
    }


def answers_of_chain(layers, rows):
    """What the layers compute one after another, in double precision."""
    for layer in layers:
        weights = {name: values.astype(np.float64) for name, values in named_weights(layer)}
        if layer_kind(layer) == "Dense":
            rows = rows @ weights["kernel"] + weights.get("bias", 0)
            if activation_of(layer) == "relu":
                rows = np.maximum(rows, 0)
            elif activation_of(layer) == "softmax":
                powers = np.exp(rows - rows.max(axis=1, keepdims=True))
                rows = powers / powers.sum(axis=1, keepdims=True)
        elif layer_kind(layer) == "BatchNormalization":
            deviation = np.sqrt(weights["moving_variance"] + layer.epsilon)
            rows = (rows - weights["moving_mean"]) / deviation * weights.get("gamma", 1) + weights.get("beta", 0)
    return rows


def check_chain(model, layers, inputs, path):
    """Asks the model itself: a graph whose layers are not one after another answers otherwise."""
    rows = np.random.default_rng(0).normal(size=(64, inputs)).astype(np.float32)
    try:
        answers = np.asarray(model.predict(rows, verbose=0))
    except Exception as error:
        raise Refusal(f"{path}: does not take a row of {inputs} features: {first_line(error)}") from error
    difference = np.abs(answers - answers_of_chain(layers, rows)).max()
    if not difference < 1e-5:
        raise Refusal(f"{path}: the layers are not one after another (answers differ by {difference:.1e})")


def json_bytes(content):
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def write_folder(path, files):
    """Under another name first, so that nobody ever sees half of it."""
    unfinished = f"{path.rstrip('/')}.part"
    os.makedirs(unfinished)
    for name, content in files.items():
        with open(os.path.join(unfinished, name), "wb") as file:
            file.write(content)
    os.rename(unfinished, path)


def convert(model_path, scaler_path, labels_path, out):
    if os.path.exists(out):
        raise Refusal(f"{out}: exists already")
    model, producer = load_keras(model_path)
    layers = read_layers(model, model_path)
    dense = [layer for layer in layers if layer_kind(layer) == "Dense"]
    inputs, units = int(dense[0].get_weights()[0].shape[0]), int(dense[-1].units)
    mean, scale = read_scaler(scaler_path)
    labels = read_labels(labels_path)
    if inputs != len(COLUMNS):
        raise Refusal(f"{model_path}: takes {inputs} features; {FEATURE_SET['name']} has {len(COLUMNS)}")
    if len(mean) != inputs:
        raise Refusal(f"{scaler_path}: was fitted on {len(mean)} features; the model takes {inputs}")
    if len(labels) != units:
        raise Refusal(f"{labels_path}: holds {len(labels)} labels; the model has {units} outputs")
    check_chain(model, layers, inputs, model_path)

    topology, weights = model_files(layers, inputs)
    contents = {
        "model.json": topology,
        "scaler.json": {"format": 1, "columns": COLUMNS, "mean": mean.tolist(), "scale": scale.tolist()},
        "labels.json": labels,
        "metadata.json": metadata_of(layers, labels, producer),
    }
    write_folder(out, {name: json_bytes(content) for name, content in contents.items()} | {"weights.bin": weights})
    return f"{out}: {inputs} features of {FEATURE_SET['name']} to {', '.join(labels)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "scaler", "labels", "out"):
        parser.add_argument(name)
    arguments = parser.parse_args()
    try:
        print(convert(arguments.model, arguments.scaler, arguments.labels, arguments.out))
    except OSError as error:
        print(f"keras_to_bundle: {error}", file=sys.stderr)
        return 1
    except Refusal as refusal:
        print(f"keras_to_bundle: {refusal}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
