"""Task from an architecture name, and the class that loads a model for a task."""
import re

from . import errors
from .errors import CaptureError

# First match wins. Tasks carry Optimum's names.
BY_ARCHITECTURE = (
    (r"(Wav2Vec2\w*|Hubert|WavLM|SEWD?|UniSpeech\w*|Data2VecAudio)ForSequenceClassification", "audio-classification"),
    (r"\w+ForAudioClassification", "audio-classification"),
    (r"\w+ForSequenceClassification", "text-classification"),
    (r"\w+ForTokenClassification", "token-classification"),
    (r"\w+ForMultipleChoice", "multiple-choice"),
    (r"\w+ForQuestionAnswering(Simple)?", "question-answering"),
    (r"\w+ForMaskedLM|(Flaubert|XLM)WithLMHeadModel", "fill-mask"),
    (r"\w+ForCausalLM|\w+LMHeadModel(Model)?", "text-generation"),
    (r"(Whisper|Speech2Text|Moonshine)ForConditionalGeneration|SpeechEncoderDecoderModel|SpeechT5ForSpeechToText",
     "automatic-speech-recognition"),
    (r"(VisionEncoderDecoder)Model|Pix2StructForConditionalGeneration|Blip\w*ForConditionalGeneration",
     "image-to-text"),
    (r"\w+ForConditionalGeneration|MarianMTModel|EncoderDecoderModel", "text2text-generation"),
    (r"\w+ForCTC", "automatic-speech-recognition"),
    (r"\w+ForImageClassification(WithTeacher)?", "image-classification"),
    (r"\w+For(Semantic|Instance|Universal)Segmentation|DetrForSegmentation|\w+ForImageSegmentation",
     "image-segmentation"),
    (r"(OwlViT|Owlv2|GroundingDino)ForObjectDetection", "zero-shot-object-detection"),
    (r"\w+ForObjectDetection", "object-detection"),
    (r"\w+ForDepthEstimation", "depth-estimation"),
    (r"\w+ForMaskedImageModeling", "masked-im"),
    (r"Swin2SRForImageSuperResolution", "image-to-image"),
    (r"\w+ForAudioFrameClassification", "audio-frame-classification"),
    (r"\w+ForXVector", "audio-xvector"),
    (r"(CLIP|ChineseCLIP|Siglip2?|Align|AltCLIP)Model", "zero-shot-image-classification"),
    (r"\w+", "feature-extraction"),
)

AUTO = {
    "feature-extraction": ("AutoModel",), "fill-mask": ("AutoModelForMaskedLM",),
    "text-classification": ("AutoModelForSequenceClassification",),
    "token-classification": ("AutoModelForTokenClassification",),
    "multiple-choice": ("AutoModelForMultipleChoice",),
    "question-answering": ("AutoModelForQuestionAnswering",),
    "text-generation": ("AutoModelForCausalLM",), "text2text-generation": ("AutoModelForSeq2SeqLM",),
    "image-classification": ("AutoModelForImageClassification",),
    "image-segmentation": ("AutoModelForSemanticSegmentation", "AutoModelForUniversalSegmentation",
                           "AutoModelForInstanceSegmentation", "AutoModelForImageSegmentation"),
    "object-detection": ("AutoModelForObjectDetection",),
    "zero-shot-object-detection": ("AutoModelForZeroShotObjectDetection",),
    "zero-shot-image-classification": ("AutoModelForZeroShotImageClassification", "AutoModel"),
    "depth-estimation": ("AutoModelForDepthEstimation",), "masked-im": ("AutoModelForMaskedImageModeling",),
    "image-to-image": ("AutoModelForImageToImage",), "mask-generation": ("AutoModelForMaskGeneration", "AutoModel"),
    "image-to-text": ("AutoModelForVision2Seq", "AutoModelForImageTextToText"),
    "automatic-speech-recognition": ("AutoModelForCTC", "AutoModelForSpeechSeq2Seq"),
    "audio-classification": ("AutoModelForAudioClassification",),
    "audio-frame-classification": ("AutoModelForAudioFrameClassification",),
    "audio-xvector": ("AutoModelForAudioXVector",),
}

SYNONYMS = {"causal-lm": "text-generation", "masked-lm": "fill-mask", "seq2seq-lm": "text2text-generation",
            "summarization": "text2text-generation", "translation": "text2text-generation",
            "sequence-classification": "text-classification", "zero-shot-classification": "text-classification",
            "sentiment-analysis": "text-classification", "ner": "token-classification",
            "sentence-similarity": "feature-extraction", "default": "feature-extraction",
            "semantic-segmentation": "image-segmentation"}


def of_architecture(name: str) -> str:
    return next(task for pattern, task in BY_ARCHITECTURE if re.fullmatch(pattern, name))


def normal(task: str) -> tuple:
    """(task, with_past) for what the user wrote; raises CaptureError for an unknown task."""
    with_past = task.endswith("-with-past")
    name = task[: -len("-with-past")] if with_past else task
    name = SYNONYMS.get(name, name)
    if name not in AUTO:
        import difflib
        near = difflib.get_close_matches(name, list(AUTO) + list(SYNONYMS), 1)
        raise CaptureError(errors.TASK, f"Unknown task {task!r}.", "",
                           (f"did you mean {near[0]}? " if near else "") + "Tasks: " + ", ".join(sorted(AUTO)), 2)
    return name, with_past


def model_class(transformers, config, task):
    """(class, task): the class that config.architectures names, else the automatic class for the task.

    A class that the installed transformers does not have comes from the model's own code (auto_map)."""
    named = (getattr(config, "architectures", None) or [None])[0]
    inferred = of_architecture(named) if named else None
    if named and named.endswith("ForPreTraining"):  # heads nobody deploys: the nearest useful one
        inferred = None
    wanted = task or inferred or "feature-extraction"
    if named and (task is None or task == inferred) and inferred and hasattr(transformers, named):
        return getattr(transformers, named), wanted
    for name in AUTO[wanted]:
        auto = getattr(transformers, name, None)
        mapping = getattr(auto, "_model_mapping", None)
        remote = name in (getattr(config, "auto_map", None) or {})
        if auto is not None and (remote or mapping is None or type(config) in mapping.keys()):
            return auto, wanted
    raise CaptureError(errors.TASK, f"A {config.model_type} model has no class for the task {wanted}.",
                       f"config.json: architectures {getattr(config, 'architectures', None)}",
                       "leave --task out, or name one that this model has a head for", 2)
