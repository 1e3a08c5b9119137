scoutsuite_results =
{
 "account_id": "000000000012",
 "last_run": {
  "ruleset_name": "default",
  "run_parameters": {},
  "time": "2026-02-16 08:00:00+0000",
  "version": "5.14.0",
  "summary": {}
 },
 "provider_code": "aws",
 "provider_name": "Amazon Web Services",
 "service_list": [
  "s3"
 ],
 "services": {
  "s3": {
   "buckets": {},
   "findings": {
    "s3-bucket-world-acl": {
     "checked_items": 2,
     "compliance": [
      {
       "name": "CIS Amazon Web Services Foundations",
       "version": "1.2.0",
       "reference": "2.1"
      }
     ],
     "dashboard_name": "Buckets",
     "description": "Bucket is open to the <b>world</b>",
     "flagged_items": 1,
     "items": [
      "s3.buckets.harbour-photos.grantees"
     ],
     "level": "danger",
     "rationale": "Everybody can read it.",
     "references": [
      "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html"
     ],
     "remediation": "Close it.",
     "service": "S3"
    },
    "s3-bucket-no-logging": {
     "checked_items": 2,
     "description": "Bucket without logging",
     "flagged_items": 0,
     "items": [],
     "level": "warning",
     "service": "S3"
    }
   }
  }
 }
}
