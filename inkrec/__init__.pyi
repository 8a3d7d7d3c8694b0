"""What `inkrec` offers, for type checkers; `inkrec.__init__` fetches each name when asked."""

from . import capture as capture
from . import corpus as corpus
from . import errors as errors
from . import formats as formats
from . import metrics as metrics
from ._engine import engine as engine
from .errors import DeviceError as DeviceError
from .errors import FormatError as FormatError
from .errors import InkError as InkError
from .errors import InkrecError as InkrecError
from .errors import InkWarning as InkWarning
from .errors import MissingExtraError as MissingExtraError
from .errors import ModelError as ModelError
from .errors import SessionError as SessionError
from .formats import read as read
from .formats import read_document as read_document
from .formats import write as write
from .ink.document import Document as Document
from .ink.document import DocumentPage as DocumentPage
from .ink.document import Layer as Layer
from .ink.samples import PenSample as PenSample
from .ink.strokes import Ink as Ink
from .ink.strokes import Stroke as Stroke
from .language.fields import Field as Field
from .layout.page_layout import PageLine as PageLine
from .layout.page_layout import segment_lines as segment_lines
from .page.exchange import page_to_json as page_to_json
from .page.exchange import page_to_wicg as page_to_wicg
from .page.jiix import page_to_jiix as page_to_jiix
from .page.page import Page as Page
from .page.pdf import write_pdf as write_pdf
from .page.results import PageChanges as PageChanges
from .page.results import PageDrawing as PageDrawing
from .page.results import TextLine as TextLine
from .page.results import TextWord as TextWord
from .page.search import SearchMatch as SearchMatch
from .page.search import search as search
from .recognizer import Recognizer as Recognizer
from .recognizer import load as load
from .results import Alternative as Alternative
from .results import Character as Character
from .results import Drawing as Drawing
from .results import Gesture as Gesture
from .results import Hypothesis as Hypothesis
from .results import InkSpan as InkSpan
from .results import PageResult as PageResult
from .results import Word as Word
from .session.commit import CommitPolicy as CommitPolicy
from .session.session import Session as Session

__all__: list[str]
__version__: str
