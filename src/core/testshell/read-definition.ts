import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readDocument, type SourceDocument } from "../source/document.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { validate } from "../source/validate.ts"
import { TestDefinition } from "./definition.ts"

/**
 * Checks a document as a test definition.
 *
 * Fails with InvalidFile, which lists every mistake with its position.
 */
export const checkDefinition = (
  document: SourceDocument,
): Effect.Effect<TestDefinition, InvalidFile> =>
  Effect.fromResult(
    Result.mapError(validate(document, TestDefinition), (problems) => new InvalidFile(problems)),
  )

/** A test definition's file that was read, and its value as it stands there. Fails as `checkDefinition` does. */
export const readDefinition = (
  path: string,
): Effect.Effect<{ readonly definition: TestDefinition; readonly value: unknown }, InvalidFile> =>
  Effect.flatMap(readDocument(path), (document) =>
    Effect.map(checkDefinition(document), (definition) => ({
      definition,
      value: document.value,
    })),
  )
