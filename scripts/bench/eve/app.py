"""Articles in Eve, with the same fields, and writes that wait for a majority and its journal as those of the other servers do."""
import os

from eve import Eve

settings = {
    "MONGO_URI": os.environ["MONGODB_URI"].replace("/?", "/" + os.environ["MONGODB_DB"] + "?", 1),
    # Eve can't take "j" here; a majority means its journal too, by the replica set's writeConcernMajorityJournalDefault.
    "MONGO_WRITE_CONCERN": {"w": "majority"},
    "URL_PREFIX": "api",
    "RESOURCE_METHODS": ["GET", "POST"],
    "ITEM_METHODS": ["GET", "PUT", "PATCH", "DELETE"],
    "BANDWIDTH_SAVER": False,
    "RENDERERS": ["eve.render.JSONRenderer"],
    "DOMAIN": {
        "articles": {
            "schema": {
                "title": {"type": "string", "minlength": 1, "maxlength": 200, "required": True},
                "body": {"type": "string", "maxlength": 100_000, "default": ""},
                "tags": {"type": "list", "schema": {"type": "string"}, "default": []},
            }
        }
    },
}

app = Eve(settings=settings)
